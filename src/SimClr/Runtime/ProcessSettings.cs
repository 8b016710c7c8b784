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
    /// OpenMP's workers sleep while they wait. To be called before <see cref="LibTorch.Load"/>: OpenMP reads its setting as it is loaded.
    /// What <c>OMP_WAIT_POLICY</c> says stays. Elsewhere than on Linux it does nothing. Any thread, any number of times.
    /// </summary>
    public static void ForTraining()
    {
        if (!OperatingSystem.IsLinux()) return;
        // Spinning takes the cores from the threads that make the views. Only the process's own environment reaches libgomp.
        _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
