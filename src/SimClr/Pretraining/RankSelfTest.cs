using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Models;
using SimClr.Optimization;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

/// <summary>Tests whether several ranks together compute the same as one rank.</summary>
/// <param name="Collectives">Whether every collective gave the right numbers (<see cref="CollectivesTest"/>).</param>
/// <param name="DoublePrecision">Deviations in float64 over <see cref="Steps"/> consecutive steps.</param>
/// <param name="SinglePrecision">Deviations in float32, each step from the same weights.</param>
public sealed record RankSelfTest(bool Collectives, StepComparison DoublePrecision, StepComparison SinglePrecision)
{
    /// <summary>The number of steps.</summary>
    public const int Steps = 10;

    /// <summary>The largest relative deviation in float64 that passes.</summary>
    public const double DoubleTolerance = 1e-5;

    private const int ImagesOfRank = 8;

    /// <summary>Whether everything passed.</summary>
    public bool IsSound => Collectives && DoublePrecision.IsWithin(DoubleTolerance)
        && SinglePrecision.IsWithin(StepComparison.Float32Tolerance);

    /// <summary>
    /// Options small enough for any machine: 16 pixels, eight images per rank, an eighth of ResNet-18's channels, no warm-up.
    /// </summary>
    /// <param name="ranks">At least 1.</param>
    public static PretrainOptions Options(int ranks) => new()
    {
        Preprocessing = new() { ImageSize = 16 },
        BatchSize = ImagesOfRank * ranks,
        Encoder = new ResNetOptions { Width = 0.125 },
        Optimizer = new OptimizerOptions { WarmupEpochs = 0 },
    };

    /// <summary>Runs the test on the built-in images; a collective operation.</summary>
    /// <param name="options">The options. Values that depend on the images may be missing.</param>
    /// <param name="communicator">The ranks; borrowed.</param>
    /// <param name="device">The device of this rank.</param>
    /// <returns>The same on every rank.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static RankSelfTest Run(PretrainOptions options, ICommunicator communicator, Device device)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var data = new BuiltInImages(DatasetPart.Pretraining);
        options = options.For(data);
        return new RankSelfTest(
            CollectivesTest.Holds(communicator, device),
            StepComparison.OfRanks(options, data, communicator, device, ScalarType.Float64, Steps),
            StepComparison.OfRanks(options, data, communicator, device, ScalarType.Float32, Steps));
    }
}
