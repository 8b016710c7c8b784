namespace SimClr.Cli.Benchmarks;

/// <summary>A benchmark of the catalogue.</summary>
/// <param name="Group">The group: <c>views</c>, <c>loader</c>, <c>loss</c>, <c>step</c>, <c>embed</c>, <c>encode</c>.</param>
/// <param name="Name">The name of the benchmark.</param>
/// <param name="Unit"><c>views/s</c>, <c>images/s</c>, <see cref="Time"/> or <see cref="Share"/>.</param>
/// <param name="Open">Makes its inputs; the result is owned by the caller.</param>
internal sealed record BenchmarkEntry(string Group, string Name, string Unit, Func<BenchmarkSettings, IBenchmark> Open)
{
    /// <summary>The unit of a time: less is better.</summary>
    public const string Time = "ms";

    /// <summary>The unit of a <see cref="PairBenchmark"/>: the speed of one workload as a share of another's.</summary>
    public const string Share = "×";

    /// <summary>Environment variables of the process that measures it, if they must differ from those of this program.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
