namespace SimClr.Runtime;

/// <summary>The resident memory of this process, as the system reports it.</summary>
/// <remarks>Several threads may call it. The peak is that of the whole process.</remarks>
public static class ProcessMemory
{
    /// <summary>The resident memory now, in bytes.</summary>
    public static long Resident => HostProcess.Current.ResidentMemory;

    /// <summary>The peak of the resident memory since <see cref="ResetPeak"/>, or since the process started, in bytes.</summary>
    public static long Peak => HostProcess.Current.PeakMemory;

    /// <summary>Resets the peak to the resident memory now. Only Linux can.</summary>
    /// <returns>False if the system does not allow it. The peak is then that of the whole process.</returns>
    public static bool ResetPeak() => HostProcess.Current.ResetPeakMemory();
}
