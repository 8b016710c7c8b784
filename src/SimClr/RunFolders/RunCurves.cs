namespace SimClr.RunFolders;

/// <summary>A run's numbers over its steps.</summary>
/// <param name="Name">What the run is called.</param>
/// <param name="BatchSize">Images of a step.</param>
/// <param name="Clock">When the steps were done.</param>
/// <param name="Series">By key of <c>metrics.jsonl</c>.</param>
public sealed record RunCurves(string Name, int BatchSize, RunClock Clock, IReadOnlyDictionary<string, CurveSeries> Series);
