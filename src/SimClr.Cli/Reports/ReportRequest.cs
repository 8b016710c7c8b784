namespace SimClr.Cli.Reports;

/// <summary>What a report is wanted of, beside the run.</summary>
internal sealed record ReportRequest
{
    /// <summary>Where the images lie now; null: where the run found them.</summary>
    public string? Data { get; init; }

    public Uri? Mirror { get; init; }

    /// <summary>How many images of each part are looked at, at most.</summary>
    public int Images { get; init; } = 3000;
}
