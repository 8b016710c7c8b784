namespace SimClr.RunFolders;

/// <summary>One curve.</summary>
/// <param name="Step">Rising.</param>
/// <param name="Value">At the step, or the mean of the steps since the entry before.</param>
/// <param name="Low">The least of those steps; null where every step has an entry.</param>
/// <param name="High">The greatest of them.</param>
public sealed record CurveSeries(IReadOnlyList<long> Step, IReadOnlyList<double> Value, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null);
