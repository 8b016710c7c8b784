namespace SimClr.Datasets;

/// <summary>Something that lies in a data set and is not used: images of a format that is not read, labels that cannot be given, files that are no images.</summary>
/// <param name="What">Its kind as a person calls it: an extension (<c>.tif</c>), a folder's name, "labels".</param>
/// <param name="Count">How many there are, at least 1.</param>
/// <param name="Reason">Why it is not used, and what would help, as the end of a sentence.</param>
/// <param name="Example">One of them: a path, or a file and the record in it.</param>
/// <param name="IsExpected">Whether nobody would miss it: what a system keeps beside a person's files.</param>
public sealed record Omission(string What, long Count, string Reason, string Example, bool IsExpected = false)
{
    /// <summary>Whether an accuracy over what is left would mislead, as of test images of a class that the training part lacks: an evaluation is refused then.</summary>
    public bool StopsEvaluation { get; init; }

    /// <summary>One sentence.</summary>
    public override string ToString() => $"{Count} × {What} not used: {Reason} (for example {Example}).";
}
