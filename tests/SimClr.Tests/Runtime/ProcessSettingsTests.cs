using System.Diagnostics;
using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Runtime;

/// <summary>A process that uses the library as a service does, and one that requests the settings as a program does.</summary>
public sealed partial class ProcessSettingsTests
{
    private const string Variable = "SIMCLR_TEST_PROCESS_SETTINGS";

    [Fact]
    public void A_training_step_does_not_change_process_settings()
    {
        string[] lines = Run("library");
        lines.Length.ShouldBe(3);
        lines[0].ShouldBe("OMP_WAIT_POLICY  maps large blocks True"); // before libtorch is loaded
        lines[1].ShouldStartWith(lines[0]); // after
        lines[2].ShouldBe(lines[1]); // after the steps
    }

    [Fact]
    public void A_program_can_request_the_process_settings()
    {
        string[] lines = Run("program");
        lines.Length.ShouldBe(3);
        lines[0].ShouldBe("OMP_WAIT_POLICY  maps large blocks True");
        lines[1].ShouldStartWith("OMP_WAIT_POLICY PASSIVE maps large blocks True threads 3 ");
        lines[2].ShouldBe(lines[1]);
    }

    private static string[] Run(string kind)
    {
        Needs.Linux("glibc's account of its heap");
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(ProcessSettingsTests).Assembly.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("OMP_WAIT_POLICY");
        start.Environment[Variable] = kind;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, error.Result);
        return output.TrimEnd().Split('\n');
    }

    /// <summary>
    /// The entry point of the started process, instead of the tests; called before this test program itself loads libtorch.
    /// </summary>
    internal static void BeTheProcess()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } kind) return;
        Console.WriteLine(OfSystem());
        if (kind == "program") Machine.Prepare("cpu", threads: 3);
        else LibTorch.Load();
        Train();
        Environment.Exit(0);
    }

    // In bfloat16, with micro-batches and small crops: everything that a step uses.
    private static void Train()
    {
        var options = new PretrainOptions
        {
            Preprocessing = new() { ImageSize = 16 },
            BatchSize = 8,
            MicroBatchSize = 4,
            Epochs = 1,
            Precision = Precision.Bf16,
            Encoder = new ResNetOptions { Width = 0.0625 },
            SmallCrops = new() { Count = 1 },
        }.For(16);
        var images = new BuiltInImages(DatasetPart.Train, 16);
        using var model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
        using var pretrainer = new Pretrainer(model, options, images.Count);
        var loader = new ViewLoader(images, options.Views, options.Preprocessing, options.BatchSize, options.Seed) { MicroBatchSize = options.MicroBatchSize, SmallCrops = options.SmallCrops };
        Console.WriteLine(All()); // TorchSharp's layers draw from its generator on construction
        foreach (var step in pretrainer.Steps(loader.Epoch(0)))
        {
            if (!double.IsFinite(step.Loss)) throw new InvalidOperationException("The loss is not finite.");
        }
        Console.WriteLine(All());
    }

    private static string OfSystem() => $"OMP_WAIT_POLICY {Marshal.PtrToStringUTF8(GetEnvironment("OMP_WAIT_POLICY"))} maps large blocks {MapsLargeBlocks()}";

    private static string All() => $"{OfSystem()} threads {get_num_threads()} {get_num_interop_threads()}"
        + $" tf32 {backends.cuda.matmul.allow_tf32} {backends.cudnn.allow_tf32} timing {IsTiming()} gradients {is_grad_enabled()} autocast {AutocastType(0)} {AutocastType(1)}"
        + $" type {get_default_dtype()} random {Convert.ToHexString(Random())[..32]} pixels {ImageDecoder.MaxPixels}";

    private static byte[] Random()
    {
        using var state = torch.random.get_rng_state();
        return System.Security.Cryptography.SHA256.HashData(state.bytes);
    }

    // glibc maps a block of 128 MB separately and returns it on free, unless it is configured otherwise.
    private static bool MapsLargeBlocks()
    {
        nint before = Info().MappedBytes, block = Allocate(1 << 27);
        nint with = Info().MappedBytes;
        Release(block);
        return with > before;
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnvironment(string name);

    [LibraryImport("libc", EntryPoint = "malloc")]
    private static partial nint Allocate(nuint bytes);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Release(nint block);

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial MallocInfo Info();

    private static unsafe bool IsTiming() =>
        ((delegate* unmanaged<nint, byte>)Export("_ZNK2at7Context14benchmarkCuDNNEv"))(((delegate* unmanaged<nint>)Export("_ZN2at13globalContextEv"))()) != 0;

    private static unsafe sbyte AutocastType(sbyte device) => ((delegate* unmanaged<sbyte, sbyte>)Export("_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE"))(device);

    private static nint Export(string symbol) => LibTorch.TryGetExport("torch_cpu", symbol, out nint address) ? address : throw new EntryPointNotFoundException(symbol);

    // struct mallinfo2 of malloc.h.
    [StructLayout(LayoutKind.Sequential)]
    private struct MallocInfo
    {
        public nint Arena, FreeBlocks, SmallBlocks, MappedBlocks, MappedBytes, Unused, SmallBytes, UsedBytes, FreeBytes, Releasable;
    }
}
