namespace SimClr.RunFolders;

/// <summary>The wall time at some steps, from the first on.</summary>
/// <param name="Step">The steps, ascending.</param>
/// <param name="Seconds">The time, without pauses between a stop and a resume.</param>
public sealed record RunClock(IReadOnlyList<long> Step, IReadOnlyList<double> Seconds);
