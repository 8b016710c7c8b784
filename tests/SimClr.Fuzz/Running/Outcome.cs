namespace SimClr.Fuzz.Running;

/// <summary>What one input did.</summary>
/// <param name="Verdict">Whether it was as promised.</param>
/// <param name="What">Where it was not: how.</param>
/// <param name="Managed">Bytes allocated on the managed heap meanwhile.</param>
/// <param name="Resident">Bytes by which the process's largest resident set grew.</param>
/// <param name="Time">How long it took.</param>
internal readonly record struct Outcome(Verdict Verdict, string What, long Managed, long Resident, TimeSpan Time);
