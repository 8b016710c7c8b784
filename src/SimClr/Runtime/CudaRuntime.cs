using System.Globalization;
using SimClr.IO;
using TorchSharp;

namespace SimClr.Runtime;

/// <summary>
/// Calls of the CUDA runtime and driver, in the copies that libtorch has loaded: the names are looked up in its libraries. Only for a
/// libtorch with CUDA.
/// </summary>
public static unsafe class CudaRuntime
{
    private const int NoDevice = 100, DriverTooOld = 35; // cudaErrorNoDevice, cudaErrorInsufficientDriver
    private const int ComputeCapabilityMajor = 75; // cudaDevAttrComputeCapabilityMajor

    /// <summary>The reason why no GPU can be used here, as half a sentence; null if one can.</summary>
    public static string? Obstacle()
    {
        if (!TryExport("cudaGetDeviceCount", out nint count))
            return $"the libtorch in {LibTorch.Directory} is one without CUDA: " +
                $"build with -p:Torch=cuda, or let {LibTorch.DirectoryVariable} name the lib folder of a PyTorch with CUDA";
        string? driver = HostProcess.Current.CudaDriver;
        if (driver is null || !HostFiles.Current.TryLoadLibrary(driver, out _)) return $"there is no NVIDIA driver here ({driver})";
        int devices;
        return ((delegate* unmanaged[Cdecl]<int*, int>)count)(&devices) switch
        {
            0 when devices > 0 => null,
            0 or NoDevice => "there is a driver and no GPU",
            DriverTooOld => $"the NVIDIA driver is for CUDA {Version("cudaDriverGetVersion")} " +
                $"and libtorch for {Version("cudaRuntimeGetVersion")}: a newer driver, or a PyTorch for this one",
            var code => $"CUDA does not start (error {code} of its runtime); nvidia-smi may say more",
        };
    }

    /// <summary>The free and the total memory of a GPU, in bytes.</summary>
    /// <param name="device">A GPU.</param>
    public static (long Free, long Total) Memory(torch.Device device)
    {
        MakeCurrent(device);
        nuint free = 0, total = 0;
        Check("cudaMemGetInfo", ((delegate* unmanaged[Cdecl]<nuint*, nuint*, int>)Export("cudaMemGetInfo"))(&free, &total));
        return ((long)free, (long)total);
    }

    /// <summary>Whether a GPU has bfloat16 units: compute capability 8.0 (Ampere) or higher.</summary>
    /// <param name="device">A GPU.</param>
    public static bool HasBFloat16(torch.Device device)
    {
        int major = 0;
        Check("cudaDeviceGetAttribute", ((delegate* unmanaged[Cdecl]<int*, int, int, int>)Export("cudaDeviceGetAttribute"))(&major,
            ComputeCapabilityMajor, Math.Max(0, device.index)));
        return major >= 8;
    }

    /// <summary>
    /// Makes a GPU the current one for this thread's calls in this class. libtorch's own calls find the GPU by their tensors.
    /// </summary>
    internal static void MakeCurrent(torch.Device device) =>
        Check("cudaSetDevice", ((delegate* unmanaged[Cdecl]<int, int>)Export("cudaSetDevice"))(Math.Max(0, device.index)));

    /// <summary>Calls a function of the runtime with one number or handle as its argument.</summary>
    internal static void Call(string function, nint argument) =>
        Check(function, ((delegate* unmanaged[Cdecl]<nint, int>)Export(function))(argument));

    internal static nint Export(string function) =>
        TryExport(function, out nint address)
            ? address : throw new PlatformNotSupportedException($"The CUDA runtime beside libtorch has no {function}.");

    private static bool TryExport(string function, out nint address)
    {
        address = 0;
        foreach (string library in HostProcess.Current.CudaLibraries)
        {
            if (LibTorch.TryGetExport(library, function, out address)) return true;
        }
        return false;
    }

    internal static void Check(string function, int code)
    {
        if (code != 0) throw new InvalidOperationException($"{function} failed with code {code} of the CUDA runtime.");
    }

    private static string Version(string function)
    {
        int version = 0;
        Check(function, ((delegate* unmanaged[Cdecl]<int*, int>)Export(function))(&version));
        return string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");
    }
}
