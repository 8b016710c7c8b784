using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Models;
using SimClr.Optimization;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

/// <summary>Whether several ranks together compute what one rank computes.</summary>
/// <param name="Collectives">Whether every collective gave the right numbers (<see cref="CollectivesTest"/>).</param>
/// <param name="DoublePrecision">Deviations in float64 over <see cref="Steps"/> steps on end.</param>
/// <param name="SinglePrecision">Deviations in float32, each step from the same weights.</param>
public sealed record RankSelfTest(bool Collectives, RankComparison DoublePrecision, RankComparison SinglePrecision)
{
    /// <summary>Steps that are compared.</summary>
    public const int Steps = 10;

    /// <summary>The largest relative deviation in float64 that passes.</summary>
    public const double DoubleTolerance = 1e-5;

    /// <summary>The largest relative deviation in float32 that passes.</summary>
    public const double SingleTolerance = 1e-4;

    private const int ImagesOfRank = 8;

    /// <summary>Whether everything passed.</summary>
    public bool IsSound => Collectives && DoublePrecision.IsWithin(DoubleTolerance) && SinglePrecision.IsWithin(SingleTolerance);

    /// <summary>Options small enough for any machine: 16 pixels, eight images of each rank, an eighth of ResNet-18's channels, no warm-up.</summary>
    /// <param name="ranks">At least 1.</param>
    public static PretrainOptions Options(int ranks) => new()
    {
        Preprocessing = new() { ImageSize = 16 },
        BatchSize = ImagesOfRank * ranks,
        Encoder = new ResNetOptions { Width = 0.125 },
        Optimizer = new OptimizerOptions { WarmupEpochs = 0 },
    };

    /// <summary>Runs the test on the built-in images; a collective.</summary>
    /// <param name="options">What the images decide may be missing.</param>
    /// <param name="communicator">The ranks; borrowed.</param>
    /// <param name="device">Where this rank computes.</param>
    /// <returns>The same on every rank.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static RankSelfTest Run(PretrainOptions options, ICommunicator communicator, Device device)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var data = new BuiltInImages(DatasetPart.Pretraining);
        options = options.For(ImageSource.LargestSide(data));
        return new RankSelfTest(
            CollectivesTest.Holds(communicator, device),
            RankComparison.Of(options, data, communicator, device, ScalarType.Float64, Steps),
            RankComparison.Of(options, data, communicator, device, ScalarType.Float32, Steps));
    }
}
