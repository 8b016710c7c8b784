namespace SimClr.Fuzz.Running;

/// <summary>The result of one input.</summary>
/// <param name="Verdict">Whether the reader kept its guarantee.</param>
/// <param name="What">The deviation, if it did not.</param>
/// <param name="Managed">The bytes allocated on the managed heap.</param>
/// <param name="Resident">The growth of the process's peak resident set, in bytes.</param>
/// <param name="Time">The time taken.</param>
internal readonly record struct Outcome(Verdict Verdict, string What, long Managed, long Resident, TimeSpan Time);
