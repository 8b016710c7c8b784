using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>Copies from the host's memory to a device, without waiting on the host.</summary>
internal static class DeviceCopy
{
    /// <summary>
    /// The same values on <paramref name="device"/>; an alias if they are there already. A copy to a GPU goes through pinned memory: it is
    /// enqueued in the device's stream, and later work of the host comes after it. (From other memory libtorch waits until the stream is
    /// empty.)
    /// </summary>
    /// <param name="host">The values; borrowed. After a copy from the CPU to a GPU it may be overwritten or disposed of at once.</param>
    /// <param name="device">The target device.</param>
    /// <returns>Owned by the caller.</returns>
    public static Tensor To(Tensor host, Device device)
    {
        if (device.type != DeviceType.CUDA || host.device_type != DeviceType.CPU) return host.to(device);
        using var pinned = host.pin_memory(); // libtorch's allocator keeps it until the copy is done
        return pinned.to(device, non_blocking: true);
    }
}
