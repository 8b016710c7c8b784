namespace SimClr.Cli.Benchmarks;

/// <summary>A benchmark that can be asked for.</summary>
/// <param name="Group">Those of a kind: <c>views</c>, <c>loader</c>, <c>loss</c>, <c>step</c>, <c>embed</c>.</param>
/// <param name="Name">Its own.</param>
/// <param name="Unit"><c>views/s</c>, <c>images/s</c>, or <see cref="Time"/>.</param>
/// <param name="Open">Makes its inputs; the caller's.</param>
internal sealed record BenchmarkEntry(string Group, string Name, string Unit, Func<BenchmarkSettings, IBenchmark> Open)
{
    /// <summary>The unit of what is given as a time: less is better.</summary>
    public const string Time = "ms";
}
