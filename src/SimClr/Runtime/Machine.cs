using System.Globalization;
using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>The device that computes.</summary>
public static class Machine
{
    /// <summary>The name of the automatic choice: the first GPU that works, or else the CPU.</summary>
    public const string Auto = "auto";

    private const long LeastMemory = 1L << 30, OnCpu = 1L << 30; // bytes
    private const string WithoutGpu = "--device cpu needs no GPU.";

    /// <summary>
    /// Prepares the process of a program that uses it for training only: calls <see cref="ProcessSettings.ForTraining"/>, loads libtorch,
    /// sets the number of its threads, turns off cuDNN's rounding of float32 products unless another precision asks for it, and finds the
    /// device. A service that shares its process with other work calls <see cref="Find"/> instead.
    /// </summary>
    /// <param name="device">As for <see cref="Find"/>.</param>
    /// <param name="threads">Threads that compute; null for all processors.</param>
    /// <exception cref="ConfigurationException">As for <see cref="Find"/>.</exception>
    public static Device Prepare(string device, int? threads)
    {
        _ = NumberOf(device); // checks the name before anything is loaded
        ProcessSettings.ForTraining();
        LibTorch.Load();
        set_num_threads(threads ?? Environment.ProcessorCount);
        var place = Find(device);
        if (place.type == TorchSharp.DeviceType.CUDA) backends.cudnn.allow_tf32 = false;
        return place;
    }

    /// <summary>Finds a device and loads libtorch for it. Nothing else in the process changes.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> (the first GPU), <c>cuda:N</c> or <see cref="Auto"/>.</param>
    /// <exception cref="ConfigurationException">
    /// The name is not that of a device, this machine has no such device, or the device has no free memory.
    /// </exception>
    public static Device Find(string device)
    {
        int? found = NumberOf(device);
        LibTorch.Load();
        if (device == Auto) return FirstThatWorks();
        if (found is not { } number) return CPU;
        if (CudaRuntime.Obstacle() is { } obstacle) throw new ConfigurationException($"--device {device}: {obstacle}. {WithoutGpu}");
        if (!TorchSharp.torch.cuda.is_available())
            throw new ConfigurationException($"--device {device}: libtorch finds no GPU that it can use. {WithoutGpu}");
        var place = new Device(TorchSharp.DeviceType.CUDA, number);
        int count = TorchSharp.torch.cuda.device_count();
        if (number >= count)
            throw new ConfigurationException($"--device {device}: this machine has {count} GPU{(count == 1 ? "" : "s")}, counted from 0.");
        var (free, total) = CudaRuntime.Memory(place);
        if (free < LeastMemory)
            throw new ConfigurationException($"--device {device}: {ByteSize.Show(free)} " +
                $"of its {ByteSize.Show(total)} of memory are free, too little to train. nvidia-smi lists the programs that use the rest.");
        return place;
    }

    /// <summary>The name of a device from <see cref="Find"/>.</summary>
    /// <param name="device">The device.</param>
    public static string NameOf(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.type != TorchSharp.DeviceType.CUDA ? "cpu" : device.index > 0 ? $"cuda:{device.index}" : "cuda";
    }

    /// <summary>The reason why a GPU of this machine cannot be used, as half a sentence; null if it can, or if there is none.</summary>
    public static string? UnusedGpu() => HostProcess.Current.HasGpu ? CudaRuntime.Obstacle() : null;

    /// <summary>The name of this machine's processor; <c>unknown</c> if the system does not say.</summary>
    public static string Processor => HostProcess.Current.Processor ?? "unknown";

    private static Device FirstThatWorks()
    {
        if (CudaRuntime.Obstacle() is not null || !TorchSharp.torch.cuda.is_available()) return CPU;
        var gpus = Enumerable.Range(0, TorchSharp.torch.cuda.device_count())
            .Select(number => new Device(TorchSharp.DeviceType.CUDA, number));
        return gpus.FirstOrDefault(gpu => CudaRuntime.Memory(gpu).Free >= LeastMemory) ?? CPU;
    }

    // The number of the GPU; null for the CPU and for the automatic choice.
    private static int? NumberOf(string device)
    {
        if (device is "cpu" or Auto) return null;
        if (device == "cuda") return 0;
        return device.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new ConfigurationException($"--device takes auto, cpu, cuda or cuda:N, not '{device}'.");
    }

    /// <summary>
    /// The most bytes that a data set may take to stay in a device's memory: a third of a GPU's free memory, because reading it takes twice
    /// as much.
    /// </summary>
    /// <param name="device">The CPU or a GPU.</param>
    public static long RoomForImages(Device device) =>
        device.type == TorchSharp.DeviceType.CUDA ? CudaRuntime.Memory(device).Free / 3 : OnCpu;
}
