namespace SimClr.RunFolders;

/// <summary>Wall time at some steps, from the first on.</summary>
/// <param name="Step">Rising.</param>
/// <param name="Seconds">Pauses between a stop and a resumption left out.</param>
public sealed record RunClock(IReadOnlyList<long> Step, IReadOnlyList<double> Seconds);
