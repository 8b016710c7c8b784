using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>Copies from the host's memory to a device that the host does not wait for.</summary>
internal static class DeviceCopy
{
    /// <summary>
    /// The same values on <paramref name="device"/>; an alias of what is there already. To a GPU they go by pinned memory: the copy takes its
    /// place in the device's stream, and what the host enqueues next comes after it. (From other memory libtorch waits until the stream is empty.)
    /// </summary>
    /// <param name="host">Borrowed; from the CPU to a GPU free to be written or disposed of at once.</param>
    /// <param name="device">Where to.</param>
    /// <returns>The caller's.</returns>
    public static Tensor To(Tensor host, Device device)
    {
        if (device.type != DeviceType.CUDA || host.device_type != DeviceType.CPU) return host.to(device);
        using var pinned = host.pin_memory(); // libtorch's allocator keeps it until the copy is done
        return pinned.to(device, non_blocking: true);
    }
}
