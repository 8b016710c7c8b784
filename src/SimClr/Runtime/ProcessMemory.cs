using System.Globalization;

namespace SimClr.Runtime;

/// <summary>The resident memory of this process, as Linux counts it in <c>/proc/self/status</c>.</summary>
/// <remarks>Safe from several threads; the peak is the whole process's.</remarks>
public static class ProcessMemory
{
    /// <summary>What is resident now, in bytes.</summary>
    public static long Resident => Bytes("VmRSS:");

    /// <summary>The most that was resident since <see cref="ResetPeak"/>, or since the process began, in bytes.</summary>
    public static long Peak => Bytes("VmHWM:");

    /// <summary>Lets the peak begin anew at what is resident now.</summary>
    /// <returns>False where the kernel does not let one: the peak stays that of the whole process.</returns>
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
        .Select(line => 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)).FirstOrDefault();
}
