namespace SimClr.Fuzz.Running;

/// <summary>A reader's line in the table.</summary>
/// <param name="Reader">Its name.</param>
/// <param name="Inputs">How many it was given.</param>
/// <param name="Accepted">Those that it read.</param>
/// <param name="Refused">Those that it refused as its doc says, by name.</param>
/// <param name="MostManaged">The most bytes that one took on the managed heap.</param>
/// <param name="MostResident">The most by which the process grew.</param>
/// <param name="LongestMilliseconds">The longest that one took.</param>
/// <param name="Slowest">The mutation that did.</param>
/// <param name="Seconds">All together.</param>
internal sealed record ReaderRow(string Reader, int Inputs, long Accepted, long Refused, long MostManaged, long MostResident, long LongestMilliseconds, int Slowest, double Seconds);
