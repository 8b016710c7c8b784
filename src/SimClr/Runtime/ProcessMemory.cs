using System.Globalization;

namespace SimClr.Runtime;

/// <summary>The resident memory of this process, as Linux reports it in <c>/proc/self/status</c>.</summary>
/// <remarks>Several threads may call it. The peak is that of the whole process.</remarks>
public static class ProcessMemory
{
    /// <summary>The resident memory now, in bytes.</summary>
    public static long Resident => Bytes("VmRSS:");

    /// <summary>The peak of the resident memory since <see cref="ResetPeak"/>, or since the process started, in bytes.</summary>
    public static long Peak => Bytes("VmHWM:");

    /// <summary>Resets the peak to the resident memory now.</summary>
    /// <returns>False if the kernel does not allow it. The peak is then that of the whole process.</returns>
    public static bool ResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5"); // proc(5): resets VmHWM
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long Bytes(string field) => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith(field, StringComparison.Ordinal))
        .Select(line => 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture)).FirstOrDefault();
}
