using System.Globalization;
using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>Where the arithmetic happens.</summary>
public static class Machine
{
    private const long LeastMemory = 1L << 30, OnCpu = 1L << 30; // bytes

    /// <summary>
    /// For a program that has its process to itself: asks for <see cref="ProcessSettings.ForTraining"/>, loads libtorch, sets the number of its threads, has cuDNN round no
    /// products that are not asked for in another precision, and finds the device. A service that owns little of its process calls <see cref="Find"/>.
    /// </summary>
    /// <param name="device">As for <see cref="Find"/>.</param>
    /// <param name="threads">Threads of the arithmetic; null for all processors.</param>
    /// <exception cref="ConfigurationException">As for <see cref="Find"/>.</exception>
    public static Device Prepare(string device, int? threads)
    {
        _ = NumberOf(device); // before anything is loaded
        ProcessSettings.ForTraining();
        LibTorch.Load();
        set_num_threads(threads ?? Environment.ProcessorCount);
        var place = Find(device);
        if (place.type == TorchSharp.DeviceType.CUDA) backends.cudnn.allow_tf32 = false;
        return place;
    }

    /// <summary>Finds a device, and loads libtorch for it; nothing else of the process changes.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> (the first GPU) or <c>cuda:N</c>.</param>
    /// <exception cref="ConfigurationException">The name is no device, or this machine has none such, or one without free memory.</exception>
    public static Device Find(string device)
    {
        int? found = NumberOf(device);
        LibTorch.Load();
        if (found is not { } number) return CPU;
        if (CudaRuntime.Obstacle() is { } obstacle) throw new ConfigurationException($"--device {device}: {obstacle}.");
        if (!TorchSharp.torch.cuda.is_available()) throw new ConfigurationException($"--device {device}: libtorch finds no GPU that it can use.");
        var place = new Device(TorchSharp.DeviceType.CUDA, number);
        int count = TorchSharp.torch.cuda.device_count();
        if (number >= count) throw new ConfigurationException($"--device {device}: there {(count == 1 ? "is 1 GPU" : $"are {count} GPUs")} here, counted from 0.");
        var (free, total) = CudaRuntime.Memory(place);
        if (free < LeastMemory)
            throw new ConfigurationException($"--device {device}: of its {ByteSize.Show(total)} of memory {ByteSize.Show(free)} are free, too little to train with; nvidia-smi says who has the rest.");
        return place;
    }

    // Of the GPU; null for the CPU.
    private static int? NumberOf(string device)
    {
        if (device == "cpu") return null;
        if (device == "cuda") return 0;
        return device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new ConfigurationException($"--device takes cpu, cuda or cuda:N, not '{device}'.");
    }

    /// <summary>Bytes that a data set may take in a device's memory to stay there: a third of what a GPU has free, as it takes twice as much while it is read.</summary>
    public static long RoomForImages(Device device) => device.type == TorchSharp.DeviceType.CUDA ? CudaRuntime.Memory(device).Free / 3 : OnCpu;
}
