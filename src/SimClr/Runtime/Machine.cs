using System.Globalization;
using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>Where the arithmetic happens.</summary>
public static class Machine
{
    /// <summary>The name for the first GPU that works, or the CPU where none does.</summary>
    public const string Auto = "auto";

    private const long LeastMemory = 1L << 30, OnCpu = 1L << 30; // bytes
    private const string WithoutGpu = "--device cpu needs no GPU.";

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
    /// <param name="device"><c>cpu</c>, <c>cuda</c> (the first GPU), <c>cuda:N</c> or <see cref="Auto"/>.</param>
    /// <exception cref="ConfigurationException">The name is no device, or this machine has none such, or one without free memory.</exception>
    public static Device Find(string device)
    {
        int? found = NumberOf(device);
        LibTorch.Load();
        if (device == Auto) return FirstThatWorks();
        if (found is not { } number) return CPU;
        if (CudaRuntime.Obstacle() is { } obstacle) throw new ConfigurationException($"--device {device}: {obstacle}. {WithoutGpu}");
        if (!TorchSharp.torch.cuda.is_available()) throw new ConfigurationException($"--device {device}: libtorch finds no GPU that it can use. {WithoutGpu}");
        var place = new Device(TorchSharp.DeviceType.CUDA, number);
        int count = TorchSharp.torch.cuda.device_count();
        if (number >= count) throw new ConfigurationException($"--device {device}: this machine has {count} GPU{(count == 1 ? "" : "s")}, counted from 0.");
        var (free, total) = CudaRuntime.Memory(place);
        if (free < LeastMemory)
            throw new ConfigurationException($"--device {device}: {ByteSize.Show(free)} of its {ByteSize.Show(total)} of memory are free, too little to train. nvidia-smi lists the programs that use the rest.");
        return place;
    }

    /// <summary>The name of a device that <see cref="Find"/> found.</summary>
    /// <param name="device">The device.</param>
    public static string NameOf(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.type != TorchSharp.DeviceType.CUDA ? "cpu" : device.index > 0 ? $"cuda:{device.index}" : "cuda";
    }

    /// <summary>Why a GPU of this machine cannot be used, in half a sentence; null where it can, or where there is none.</summary>
    public static string? UnusedGpu() => File.Exists("/dev/nvidia0") ? CudaRuntime.Obstacle() : null;

    private static Device FirstThatWorks()
    {
        if (CudaRuntime.Obstacle() is not null || !TorchSharp.torch.cuda.is_available()) return CPU;
        var gpus = Enumerable.Range(0, TorchSharp.torch.cuda.device_count()).Select(number => new Device(TorchSharp.DeviceType.CUDA, number));
        return gpus.FirstOrDefault(gpu => CudaRuntime.Memory(gpu).Free >= LeastMemory) ?? CPU;
    }

    // Of the GPU; null for the CPU and for the automatic choice.
    private static int? NumberOf(string device)
    {
        if (device is "cpu" or Auto) return null;
        if (device == "cuda") return 0;
        return device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new ConfigurationException($"--device takes auto, cpu, cuda or cuda:N, not '{device}'.");
    }

    /// <summary>Bytes that a data set may take in a device's memory to stay there: a third of what a GPU has free, as it takes twice as much while it is read.</summary>
    public static long RoomForImages(Device device) => device.type == TorchSharp.DeviceType.CUDA ? CudaRuntime.Memory(device).Free / 3 : OnCpu;
}
