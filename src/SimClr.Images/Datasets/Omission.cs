namespace SimClr.Datasets;

/// <summary>
/// Data that is found but not used: images in an unsupported format, labels that cannot be assigned, files that are not images.
/// </summary>
/// <param name="What">The kind, for people: an extension (<c>.tif</c>), the name of a folder, "labels".</param>
/// <param name="Count">The number of items, at least 1.</param>
/// <param name="Reason">Why it is not used and what would help, as the end of a sentence.</param>
/// <param name="Example">One of them: a path, or a file and the record in it.</param>
/// <param name="IsExpected">Whether nobody would miss it: files that a system keeps beside a user's files.</param>
public sealed record Omission(string What, long Count, string Reason, string Example, bool IsExpected = false)
{
    /// <summary>
    /// Whether an accuracy over the remaining images would mislead, as for test images of a class that the training part lacks. Then an
    /// evaluation is refused.
    /// </summary>
    public bool StopsEvaluation { get; init; }

    /// <summary>The omission as one sentence.</summary>
    public override string ToString() => $"{Count} × {What} not used: {Reason} (for example {Example}).";
}
