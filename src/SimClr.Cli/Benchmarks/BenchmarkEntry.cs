namespace SimClr.Cli.Benchmarks;

/// <summary>A benchmark that can be asked for.</summary>
/// <param name="Group">Those of a kind: <c>views</c>, <c>loader</c>, <c>loss</c>, <c>step</c>, <c>embed</c>.</param>
/// <param name="Name">Its own.</param>
/// <param name="Unit"><c>views/s</c>, <c>images/s</c>, <see cref="Time"/> or <see cref="Share"/>.</param>
/// <param name="Open">Makes its inputs; the caller's.</param>
internal sealed record BenchmarkEntry(string Group, string Name, string Unit, Func<BenchmarkSettings, IBenchmark> Open)
{
    /// <summary>The unit of a time: less is better.</summary>
    public const string Time = "ms";

    /// <summary>The unit of a <see cref="PairBenchmark"/>: the speed of one workload as a share of another's.</summary>
    public const string Share = "×";

    /// <summary>Variables of the process that measures it, where it must differ from the program's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
