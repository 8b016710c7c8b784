using SimClr.Cli.Configuration;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Cli.Runs;

/// <summary>Where the arithmetic happens.</summary>
internal static class Machine
{
    /// <summary>Loads libtorch, sets its threads, and finds the device.</summary>
    /// <exception cref="ConfigurationException">The name is no device, or this machine has none such.</exception>
    public static Device Prepare(string device, int? threads)
    {
        bool cuda = device == "cuda" || device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(device.AsSpan(5), out int n) && n >= 0;
        if (device != "cpu" && !cuda) throw new ConfigurationException($"--device takes cpu, cuda or cuda:N, not '{device}'.");
        LibTorch.Load();
        set_num_threads(threads ?? Environment.ProcessorCount);
        if (cuda && !TorchSharp.torch.cuda.is_available())
            throw new ConfigurationException($"--device {device}: no CUDA device can be used here (no GPU, no driver, or a libtorch without CUDA; build with -p:Torch=cuda or set {LibTorch.DirectoryVariable}).");
        return new Device(device);
    }

}
