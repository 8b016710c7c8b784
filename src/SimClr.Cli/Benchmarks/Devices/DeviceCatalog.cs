using SimClr.Models;
using SimClr.Runtime;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary>The device benchmarks by name, with their units, their batch sizes and how their inputs are made.</summary>
internal static class DeviceCatalog
{
    /// <summary>A benchmark whose inputs are not made yet.</summary>
    /// <param name="Name">The name of the benchmark.</param>
    /// <param name="Unit">The unit of its value.</param>
    /// <param name="Batch">N unless another is given; for <c>peak</c> the side of the matrices.</param>
    /// <param name="Make">Makes the inputs from N, the precision, the device and the number of threads.</param>
    public sealed record Entry(string Name, string Unit, int Batch, Func<int, Precision, Device, int, IDeviceBenchmark> Make);

    public static IReadOnlyList<Entry> All { get; } =
    [
        new("peak", "TFLOP/s", 8192, (side, precision, device, _) => new DeviceProducts(side, precision, device)),
        Views("views-32", 32, 32, 512, new ViewPolicy()),
        Views("views-32-blur", 32, 32, 512, new ViewPolicy { BlurProbability = 0.5 }),
        Views("views-96", 96, 96, 512, new ViewPolicy()),
        Views("views-224", 375, 224, 256, new ViewPolicy()),
        Step("step-resnet18-32", ResNetDepth.Resnet18, 32, 512, images: null),
        Step("step-resnet50-224", ResNetDepth.Resnet50, 224, 256, images: null),
        Step("train-resnet18-32", ResNetDepth.Resnet18, 32, 512, images: 32),
        Step("train-resnet50-224", ResNetDepth.Resnet50, 224, 256, images: 375),
    ];

    /// <summary>A profile by name: the network, S, the images of a step and the side of the images its views are made of.</summary>
    public static IReadOnlyDictionary<string, (ResNetDepth Depth, int Size, int Batch, int Side)> Profiles { get; } =
        new Dictionary<string, (ResNetDepth, int, int, int)>
        {
            ["profile-resnet18-32"] = (ResNetDepth.Resnet18, 32, 512, 32),
            ["profile-resnet50-224"] = (ResNetDepth.Resnet50, 224, 256, 375),
        };

    private static Entry Views(string name, int side, int size, int batch, ViewPolicy policy) =>
        new(name, "views/s", batch, (n, _, device, threads) => new DeviceViews(Images(n, side), policy, size, n, threads, device));

    private static Entry Step(string name, ResNetDepth depth, int size, int batch, int? images) =>
        new(name, "images/s", batch, (n, precision, device, threads) =>
            new DeviceStep(DeviceStep.Options(depth, size, n, precision), images is { } side ? Images(n, side) : null, threads, device));

    /// <summary>So many images of a side.</summary>
    public static CroppedImages Images(int count, int side) => new CroppedImages(count, side, side);
}
