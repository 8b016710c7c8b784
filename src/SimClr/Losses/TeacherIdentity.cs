namespace SimClr.Losses;

/// <summary>
/// The teacher of a run, as <c>run.json</c> stores it. A resumed run needs the same network, weights and images; their place may change.
/// </summary>
/// <param name="Source">Where the teacher came from, for people: a run folder and step, or a file.</param>
/// <param name="Sha256">
/// A SHA-256 over the network, its parameters and buffers, and the preprocessing of its images; lower-case hexadecimal.
/// </param>
public sealed record TeacherIdentity(string Source, string Sha256)
{
    /// <summary>Source and hash: <c>runs/big, step 500 (SHA-256 0123456789ab…)</c>.</summary>
    public override string ToString() => $"{Source} (SHA-256 {Sha256[..Math.Min(12, Sha256.Length)]}…)";
}
