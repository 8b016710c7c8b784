namespace SimClr.Cli.Runs;

/// <summary>What a run was made from, beside its recipe: kept as <c>run.json</c>.</summary>
internal sealed record RunSettings
{
    /// <summary>The images: a whole path, or a name. Runs of version 0.1 have the path as it was typed, which leads there from the folder where they were begun.</summary>
    public required string Data { get; init; }

    /// <summary>How many of them, drawn by the seed; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>What was found there.</summary>
    public string? DataName { get; init; }

    /// <summary>How many images; a resumed run needs the same number.</summary>
    public int ImageCount { get; init; }

    /// <summary>The weights that the encoder started from; null for fresh ones.</summary>
    public string? Weights { get; init; }

    /// <summary>Whether a linear classifier learned from the labels beside the encoder, whose gradient did not reach it.</summary>
    public bool OnlineProbe { get; init; }

    /// <summary>Epochs between looks at the neighbours of training images, with labels; null for none.</summary>
    public int? KnnEvery { get; init; }

    /// <summary>The version of the program.</summary>
    public string? Version { get; init; }
}
