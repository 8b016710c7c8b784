namespace SimClr.Cli.Reports;

/// <summary>A run's numbers over its steps.</summary>
/// <param name="Name">What the run is called.</param>
/// <param name="BatchSize">Images of a step.</param>
/// <param name="Clock">When the steps were done.</param>
/// <param name="Series">By key of <c>metrics.jsonl</c>.</param>
internal sealed record RunCurves(string Name, int BatchSize, RunClock Clock, IReadOnlyDictionary<string, CurveSeries> Series);

/// <summary>Wall time at some steps, from the first on.</summary>
/// <param name="Step">Rising.</param>
/// <param name="Seconds">Pauses between a stop and a resumption left out.</param>
internal sealed record RunClock(IReadOnlyList<long> Step, IReadOnlyList<double> Seconds);

/// <summary>One curve.</summary>
/// <param name="Step">Rising.</param>
/// <param name="Value">At the step, or the mean of the steps since the entry before.</param>
/// <param name="Low">The least of those steps; null where every step has an entry.</param>
/// <param name="High">The greatest of them.</param>
internal sealed record CurveSeries(IReadOnlyList<long> Step, IReadOnlyList<double> Value, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null);

/// <summary>Curves that share axes.</summary>
/// <param name="Title">What they show.</param>
/// <param name="Unit">Of the vertical axis.</param>
/// <param name="Factor">From the file's numbers to that unit.</param>
/// <param name="Series">Keys, with names to tell them apart.</param>
internal sealed record CurvePanel(string Title, string Unit, double Factor, IReadOnlyList<CurveName> Series);

/// <summary>A curve of a panel.</summary>
/// <param name="Key">In <c>metrics.jsonl</c>.</param>
/// <param name="Name">In the legend.</param>
internal sealed record CurveName(string Key, string Name);
