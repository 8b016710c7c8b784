using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// What makes training quicker and is the whole process's: a program asks for it, the library does not by itself. A process that does other work beside it
/// leaves it out, and its steps take longer (docs/log.md has the figures).
/// </summary>
/// <remarks>
/// All that reaches beyond the library's own objects: these settings and <see cref="Machine.Prepare"/>, where they are asked for; where TorchSharp's natives are looked
/// for (<see cref="LibTorch"/>), which TorchSharp needs; and <see cref="Images.ImageDecoder.MaxPixels"/>, which only its caller sets. cuDNN's choice by timing, the precision of
/// products and autocast are set for a step and are as before after it.
/// </remarks>
public static partial class ProcessSettings
{
    /// <summary>
    /// OpenMP's workers sleep while they wait, and glibc keeps the memory that is freed. To be called before <see cref="LibTorch.Load"/>: OpenMP reads its setting as it
    /// is loaded. What <c>OMP_WAIT_POLICY</c>, <c>MALLOC_TRIM_THRESHOLD_</c> and <c>MALLOC_MMAP_MAX_</c> say stays. Elsewhere than on Linux it does nothing. Any thread, any number of times.
    /// </summary>
    public static void ForTraining()
    {
        if (!OperatingSystem.IsLinux()) return;
        // Spinning takes the cores from the threads that make the views. Only the process's own environment reaches libgomp.
        _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        KeepFreedMemory();
    }

    // glibc gives the memory of a large tensor back to the kernel as soon as it is freed, and the kernel clears every page of it
    // when the next step asks for it again: a quarter of a step (docs/log.md).
    private static void KeepFreedMemory()
    {
        const int TrimThreshold = -1, MmapMax = -4; // M_TRIM_THRESHOLD, M_MMAP_MAX of malloc.h
        if (Environment.GetEnvironmentVariable("MALLOC_TRIM_THRESHOLD_") is null) _ = SetAllocatorOption(TrimThreshold, -1);
        if (Environment.GetEnvironmentVariable("MALLOC_MMAP_MAX_") is null) _ = SetAllocatorOption(MmapMax, 0);
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocatorOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
