using System.Runtime.InteropServices;

namespace SimClr.Distributed;

/// <summary>libtorch's streams and devices, through its stable C interface.</summary>
internal static partial class CudaStream
{
    /// <summary>The current stream of libtorch on this thread.</summary>
    public static nint Current(int device)
    {
        Check(GetStream(device, out nint stream));
        return stream;
    }

    /// <summary>Runs an action while a device is current.</summary>
    public static void OnDevice(int device, Action action)
    {
        Check(CreateGuard(device, out nint guard));
        try
        {
            action();
        }
        finally
        {
            Check(DeleteGuard(guard));
        }
    }

    private static void Check(int error)
    {
        if (error != 0) throw new InvalidOperationException($"libtorch's CUDA part failed with code {error}.");
    }

    [LibraryImport("torch_cuda", EntryPoint = "aoti_torch_get_current_cuda_stream")]
    private static partial int GetStream(int device, out nint stream);

    [LibraryImport("torch_cuda", EntryPoint = "aoti_torch_create_cuda_guard")]
    private static partial int CreateGuard(int device, out nint guard);

    [LibraryImport("torch_cuda", EntryPoint = "aoti_torch_delete_cuda_guard")]
    private static partial int DeleteGuard(nint guard);
}
