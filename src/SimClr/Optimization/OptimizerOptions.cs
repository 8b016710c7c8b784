using System.Runtime.CompilerServices;
using TorchSharp.Modules;

namespace SimClr.Optimization;

/// <summary>An update rule and its learning rate.</summary>
/// <remarks>
/// The defaults are the best verified recipe for CIFAR-10 on a single GPU (dkobak/simclr-cifar10, 100 epochs): SGD, 0.06 · B / 256,
/// momentum 0.9, decay 5e-4 (there of all parameters, see <see cref="ExcludeNormAndBias"/>), no warm-up. The paper uses LARS, 0.3 · B /
/// 256, momentum 0.9, decay 1e-6 and 10 epochs of warm-up (section 2.3). A property that the chosen <see cref="Kind"/> does not use has no
/// effect.
/// </remarks>
public sealed record OptimizerOptions
{
    /// <summary>The update rule. Default: SGD.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.Sgd;

    /// <summary>
    /// The base learning rate, before scaling; > 0. Null (the default): depends on the rule. LARS with square-root scaling has 0.075 in the
    /// paper.
    /// </summary>
    public double? LearningRate { get; init; }

    /// <summary>How the learning rate scales with the batch size. Default: linear.</summary>
    public LearningRateScaling LearningRateScaling { get; init; } = LearningRateScaling.Linear;

    /// <summary>μ of SGD and LARS, in [0, 1). Default: 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>
    /// Whether SGD and LARS use Nesterov momentum. Default: no, as in the paper's pretraining (its linear evaluation does: appendix B.6).
    /// </summary>
    public bool Nesterov { get; init; }

    /// <summary>
    /// λ, ≥ 0: added to the gradient in SGD and LARS, decoupled from it in AdamW. Null (the default): depends on the rule.
    /// </summary>
    public double? WeightDecay { get; init; }

    /// <summary>η of LARS, > 0: a layer's step relative to the norm of its weights. Default: 0.001 (google-research/simclr).</summary>
    public double TrustCoefficient { get; init; } = 0.001;

    /// <summary>β₁ of AdamW, in [0, 1): decay rate of the gradient's mean. Default: 0.9 (PyTorch).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂ of AdamW, in [0, 1): decay rate of the squared gradient's mean. Default: 0.999 (PyTorch).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε of AdamW, > 0: added to the root of the squared gradient. Default: 1e-8 (PyTorch).</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>
    /// Whether vectors (γ and β of batch normalisation, all biases, a class token, LayerScale's factors) are excluded from weight decay and
    /// LARS's adaptation. Default: yes (google-research/simclr).
    /// </summary>
    public bool ExcludeNormAndBias { get; init; } = true;

    /// <summary>Epochs of linear warm-up, ≥ 0; may be fractional. Null (the default): depends on the rule.</summary>
    public double? WarmupEpochs { get; init; }

    /// <summary>
    /// D, the layer-wise learning-rate decay, in (0, 1]. The k-th stage of the encoder from its output has the rate times Dᵏ; layers after
    /// the encoder have the rate itself (Clark et al. 2020, ELECTRA; Bao et al. 2021, BEiT). Default 1: one rate for all. For encoders that
    /// are already trained.
    /// </summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>λ, resolved.</summary>
    internal double Decay => WeightDecay ?? Complete().WeightDecay!.Value;

    /// <summary>These options with every automatic value (null, 0 or Auto) resolved.</summary>
    public OptimizerOptions Complete()
    {
        var (rate, decay, warmup) = Kind switch
        {
            OptimizerKind.Lars => (0.3, 1e-6, 10),
            OptimizerKind.Adamw => (1e-3, 1e-2, 1),
            _ => (0.06, 5e-4, 0),
        };
        return this with { LearningRate = LearningRate ?? rate, WeightDecay = WeightDecay ?? decay, WarmupEpochs = WarmupEpochs ?? warmup };
    }

    /// <summary>The highest learning rate of a run: the base rate, scaled for its batch size.</summary>
    /// <param name="batchSize">B ≥ 1, the images of one step over all ranks, each counted once.</param>
    /// <exception cref="ArgumentOutOfRangeException">B is less than 1, or the scaling is unknown.</exception>
    public double PeakLearningRate(int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        double rate = LearningRate ?? Complete().LearningRate!.Value;
        return LearningRateScaling switch
        {
            LearningRateScaling.None => rate,
            LearningRateScaling.Linear => rate * batchSize / 256,
            LearningRateScaling.Sqrt => rate * Math.Sqrt(batchSize),
            _ => throw OutOfRange(LearningRateScaling, "one of None, Linear, Sqrt"),
        };
    }

    /// <summary>Makes the optimizer for the parameters of a model.</summary>
    /// <param name="parameters">
    /// The trained parameters and no others, with their names, as <c>named_parameters()</c> gives them; borrowed.
    /// </param>
    /// <param name="rateFactor">
    /// The factor on the learning rate of a parameter, by name; finite and ≥ 0. <c>EncoderStages.RateFactors</c> computes it from
    /// <see cref="LayerDecay"/>. Null: 1 for all.
    /// </param>
    /// <param name="adapted">Whether LARS adapts a parameter, by name (<see cref="Lars"/>); null: all that are not excluded.</param>
    /// <exception cref="ArgumentOutOfRangeException">See <see cref="Validate"/>.</exception>
    /// <exception cref="ArgumentException">There is no parameter, or two have the same name.</exception>
    public IOptimizer Create(IEnumerable<(string Name, Parameter Parameter)> parameters, Func<string, double>? rateFactor = null,
        Func<string, bool>? adapted = null) => Kind switch
        {
            OptimizerKind.Sgd => new Sgd(parameters, this, rateFactor),
            OptimizerKind.Lars => new Lars(parameters, this, rateFactor, adapted),
            OptimizerKind.Adamw => new AdamW(parameters, this, rateFactor),
            _ => throw OutOfRange(Kind, "one of Sgd, Lars, AdamW"),
        };

    /// <summary>Checks every range, also of values that the chosen <see cref="Kind"/> does not use.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A value is out of range; the exception has the name of the property and the value.
    /// </exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Kind)) throw OutOfRange(Kind, "one of Sgd, Lars, AdamW");
        if (!Enum.IsDefined(LearningRateScaling)) throw OutOfRange(LearningRateScaling, "one of None, Linear, Sqrt");
        if (LearningRate is not (null or (> 0 and < double.PositiveInfinity))) throw OutOfRange(LearningRate, "positive and finite");
        if (Momentum is not (>= 0 and < 1)) throw OutOfRange(Momentum, "in [0, 1)");
        if (WeightDecay is not (null or (>= 0 and < double.PositiveInfinity))) throw OutOfRange(WeightDecay, "finite and not negative");
        if (TrustCoefficient is not (> 0 and < double.PositiveInfinity)) throw OutOfRange(TrustCoefficient, "positive and finite");
        if (Beta1 is not (>= 0 and < 1)) throw OutOfRange(Beta1, "in [0, 1)");
        if (Beta2 is not (>= 0 and < 1)) throw OutOfRange(Beta2, "in [0, 1)");
        if (Epsilon is not (> 0 and < double.PositiveInfinity)) throw OutOfRange(Epsilon, "positive and finite");
        if (WarmupEpochs is not (null or (>= 0 and < double.PositiveInfinity))) throw OutOfRange(WarmupEpochs, "finite and not negative");
        if (LayerDecay is not (> 0 and <= 1)) throw OutOfRange(LayerDecay, "in (0, 1]");
    }

    private static ArgumentOutOfRangeException OutOfRange(
        object? value, string range, [CallerArgumentExpression(nameof(value))] string key = "") =>
        new(key, value, $"{key} must be {range}.");
}
