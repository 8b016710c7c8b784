using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Images;
using SimClr.Losses;
using SimClr.Randomness;
using SimClr.Rendering;
using SimClr.Runtime;
using SimClr.Views;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

/// <summary>Tests whether a device computes what the CPU computes: views, loss, gradients and training steps.</summary>
/// <param name="Views">The largest difference of a view's value, on the scale of 0 to 1.</param>
/// <param name="Loss">
/// NT-Xent in float32 beside the CPU's in float64: the larger of the loss's deviation relative to the loss and the gradient's relative to
/// its largest value.
/// </param>
/// <param name="DoublePrecision">Deviations in float64 over <see cref="Steps"/> consecutive steps.</param>
/// <param name="SinglePrecision">Deviations in float32, each step from the same weights.</param>
/// <param name="Bf16">Deviations of bf16 from the CPU's float32, each step from the same weights: the error of the format.</param>
/// <param name="Collectives">Whether NCCL with one rank gave the right numbers; null on a CPU, which needs no NCCL.</param>
public sealed record DeviceSelfTest(double Views, double Loss, StepComparison DoublePrecision, StepComparison SinglePrecision,
    StepComparison Bf16, bool? Collectives)
{
    /// <summary>The number of steps.</summary>
    public const int Steps = 3;

    /// <summary>The largest difference of a view's value that passes, and the largest deviation of the loss.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>The largest deviation in float64 that passes.</summary>
    public const double DoubleTolerance = 1e-8;

    /// <summary>The largest deviation of bf16's loss that passes. bf16 has 8 significant bits.</summary>
    public const double Bf16Tolerance = 0.02;

    private const int Images = 64, ViewSize = 64, ProjectionDim = 128;

    /// <summary>Whether everything passed.</summary>
    public bool IsSound => Views <= Tolerance && Loss <= Tolerance && DoublePrecision.IsWithin(DoubleTolerance)
        && SinglePrecision.IsWithin(StepComparison.Float32Tolerance) && Bf16.Loss <= Bf16Tolerance && Collectives != false;

    /// <summary>Options small enough for any machine: 32 pixels, 64 images, a quarter of ResNet-18's channels, no warm-up.</summary>
    public static PretrainOptions Options { get; } = new()
    {
        Preprocessing = new() { ImageSize = 32 },
        BatchSize = Images,
        Encoder = new Models.ResNetOptions { Width = 0.25 },
        Optimizer = new Optimization.OptimizerOptions { WarmupEpochs = 0 },
    };

    /// <summary>Runs the test on the built-in images.</summary>
    /// <param name="options">
    /// The options of the steps, in <see cref="Precision.Fp32"/>. Values that depend on the images may be missing.
    /// </param>
    /// <param name="device">The device.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="PlatformNotSupportedException">The device is a GPU, and there is no NCCL.</exception>
    public static DeviceSelfTest Run(PretrainOptions options, Device device)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(device);
        options.Validate();
        var data = new BuiltInImages(DatasetPart.Pretraining);
        options = options.For(ImageSource.LargestSide(data));
        StepComparison Compare(Precision precision, ScalarType type) =>
            StepComparison.OfDevice(options with { Precision = precision }, data, device, type, Steps);
        return new DeviceSelfTest(
            CompareViews(data, options, device), CompareLoss(options.Temperature, device),
            Compare(Precision.Fp32, ScalarType.Float64), Compare(Precision.Fp32, ScalarType.Float32),
            Compare(Precision.Bf16, ScalarType.Float32), OneRank(device));
    }

    // Every augmentation is drawn often.
    private static double CompareViews(BuiltInImages data, PretrainOptions options, Device device)
    {
        var policy = new ViewPolicy
        {
            BlurProbability = 0.5,
            SolarizeProbability = 0.2,
            VerticalFlipProbability = 0.5,
            RotateProbability = 0.5,
        };
        var preprocessing = options.Preprocessing with { ImageSize = ViewSize };
        DecodedImage[] images = [.. Enumerable.Range(0, Images).Select(data.Read)];
        var views = images.Select((image, i) =>
            policy.Draw(image.Width, image.Height, ViewSize, new CounterRandom(options.Seed, i, 0, 0))).ToArray();
        using var scope = NewDisposeScope();
        using var packed = PackedImages.Of(images);
        using var there = packed with { Pixels = packed.Pixels.to(device) };
        var made = new TensorViewRenderer(policy, preprocessing).Render(there, [.. Enumerable.Range(0, Images)], views).cpu();

        var renderer = new CpuViewRenderer(policy, preprocessing, images[0].Channels);
        float[] expected = new float[made[0].numel()];
        double largest = 0;
        for (int i = 0; i < Images; i++)
        {
            renderer.Render(images[i], views[i], expected);
            var row = made[i].data<float>();
            for (int j = 0; j < expected.Length; j++) largest = Math.Max(largest, Math.Abs(row[j] - (double)expected[j]));
        }
        return largest;
    }

    private static double CompareLoss(double temperature, Device device)
    {
        using var scope = NewDisposeScope();
        var loss = new NtXentLoss(temperature);
        using var generator = new Generator(0);
        var z = randn([2 * Images, ProjectionDim], float64, CPU, generator: generator);
        using LossResult expected = loss.Compute(z), made = loss.Compute(z.to(float32).to(device));
        double[] its = expected.Read(), found = made.Read();
        var difference = (made.Gradient.cpu().to(float64) - expected.Gradient).abs().max() / expected.Gradient.abs().max();
        return Math.Max(Math.Abs(found[0] / its[0] - 1), difference.item<double>());
    }

    private static bool? OneRank(Device device)
    {
        if (device.type != DeviceType.CUDA) return null;
        using var nccl = new NcclCommunicator(new SingleProcessCommunicator(), device.index);
        return CollectivesTest.Holds(nccl, device);
    }
}
