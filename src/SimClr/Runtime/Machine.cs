using System.Globalization;
using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>Where the arithmetic happens.</summary>
public static class Machine
{
    private const long LeastMemory = 1L << 30, OnCpu = 1L << 30; // bytes

    /// <summary>Loads libtorch, sets its threads, and finds the device.</summary>
    /// <exception cref="ConfigurationException">The name is no device, or this machine has none such.</exception>
    public static Device Prepare(string device, int? threads)
    {
        int number = 0;
        bool cuda = device == "cuda" || (device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out number));
        if (device != "cpu" && !cuda) throw new ConfigurationException($"--device takes cpu, cuda or cuda:N, not '{device}'.");
        LibTorch.Load();
        set_num_threads(threads ?? Environment.ProcessorCount);
        if (!cuda) return CPU;
        if (CudaRuntime.Obstacle() is { } obstacle) throw new ConfigurationException($"--device {device}: {obstacle}.");
        if (!TorchSharp.torch.cuda.is_available()) throw new ConfigurationException($"--device {device}: libtorch finds no GPU that it can use.");
        var place = new Device(TorchSharp.DeviceType.CUDA, number);
        int count = TorchSharp.torch.cuda.device_count();
        if (number >= count) throw new ConfigurationException($"--device {device}: there {(count == 1 ? "is 1 GPU" : $"are {count} GPUs")} here, counted from 0.");
        var (free, total) = CudaRuntime.Memory(place);
        if (free < LeastMemory)
            throw new ConfigurationException($"--device {device}: of its {ByteSize.Show(total)} of memory {ByteSize.Show(free)} are free, too little to train with; nvidia-smi says who has the rest.");
        backends.cudnn.allow_tf32 = false; // what is not asked for in another precision is exact
        return place;
    }

    /// <summary>Bytes that a data set may take in a device's memory to stay there: a third of what a GPU has free, as it takes twice as much while it is read.</summary>
    public static long RoomForImages(Device device) => device.type == TorchSharp.DeviceType.CUDA ? CudaRuntime.Memory(device).Free / 3 : OnCpu;
}
