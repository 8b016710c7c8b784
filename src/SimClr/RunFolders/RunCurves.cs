namespace SimClr.RunFolders;

/// <summary>The curves of a run.</summary>
/// <param name="Name">The name of the run.</param>
/// <param name="BatchSize">Images per step.</param>
/// <param name="Clock">The times of the steps.</param>
/// <param name="Series">The curves by key of <c>metrics.jsonl</c>.</param>
public sealed record RunCurves(string Name, int BatchSize, RunClock Clock, IReadOnlyDictionary<string, CurveSeries> Series);
