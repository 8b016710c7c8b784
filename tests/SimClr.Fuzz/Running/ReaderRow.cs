namespace SimClr.Fuzz.Running;

/// <summary>The row of a reader in the table.</summary>
/// <param name="Reader">Its name.</param>
/// <param name="Inputs">The number of inputs.</param>
/// <param name="Accepted">The number of inputs that it read.</param>
/// <param name="Refused">The number of inputs that it refused as documented, with the file's name.</param>
/// <param name="MostManaged">The most bytes that one input took on the managed heap.</param>
/// <param name="MostResident">The largest growth of the process, in bytes.</param>
/// <param name="LongestMilliseconds">The longest time for one input, in milliseconds.</param>
/// <param name="Slowest">The mutation with the longest time.</param>
/// <param name="Seconds">The total time, in seconds.</param>
internal sealed record ReaderRow(string Reader, int Inputs, long Accepted, long Refused, long MostManaged, long MostResident, long LongestMilliseconds, int Slowest, double Seconds);
