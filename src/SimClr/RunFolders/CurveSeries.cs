namespace SimClr.RunFolders;

/// <summary>One curve.</summary>
/// <param name="Step">The steps, ascending.</param>
/// <param name="Value">The value at the step, or the mean of the steps since the previous entry.</param>
/// <param name="Low">The smallest value of those steps; null if every step has an entry.</param>
/// <param name="High">The largest value of those steps.</param>
public sealed record CurveSeries(
    IReadOnlyList<long> Step, IReadOnlyList<double> Value, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null);
