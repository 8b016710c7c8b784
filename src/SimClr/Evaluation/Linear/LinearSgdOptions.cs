using SimClr.Optimization;

namespace SimClr.Evaluation;

/// <summary>Options for training a linear classifier with SGD on cached features, as in published protocols.</summary>
public sealed record LinearSgdOptions
{
    /// <summary>
    /// The update rule and learning rate. Default: SimCLR's (appendix B.6): SGD with Nesterov momentum 0.9, rate 0.1 · B / 256, no decay,
    /// no warm-up.
    /// </summary>
    public OptimizerOptions Optimizer { get; init; } = new() { Nesterov = true, LearningRate = 0.1, WeightDecay = 0, WarmupEpochs = 0 };

    /// <summary>Epochs over the training rows, at least 1. The rate falls to 0 over them along a cosine. Default 90 (B.6).</summary>
    public int Epochs { get; init; } = 90;

    /// <summary>
    /// B, rows per step, at least 1; all training rows if there are fewer. The last step of an epoch may have fewer. Default 256: small
    /// data sets need more steps (B.6 has 4,096 on ImageNet, with the same scaling of the rate).
    /// </summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>The share of each class's training rows on which the best epoch is found, in (0, 1). Default 0.1.</summary>
    public double HeldOutFraction { get; init; } = 0.1;

    /// <summary>Determines the held-out rows and the order. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>SimCLR's protocol, the defaults.</summary>
    public static LinearSgdOptions SimClr { get; } = new();

    /// <summary>
    /// The protocol of dkobak/simclr-cifar10 on precomputed features: Adam, rate 0.01, 500 epochs with batches of 1,000. Its decay of 5e-6
    /// is part of the gradient. It is 0 here, because AdamW's decay is decoupled.
    /// </summary>
    public static LinearSgdOptions Adam { get; } = new()
    {
        Optimizer = new()
        {
            Kind = OptimizerKind.Adamw,
            LearningRate = 0.01,
            LearningRateScaling = LearningRateScaling.None,
            WeightDecay = 0,
            WarmupEpochs = 0
        },
        Epochs = 500,
        BatchSize = 1000,
    };

    internal LinearSgdOptions Checked()
    {
        Optimizer.Validate();
        if (Epochs < 1) throw new ArgumentException($"At least one pass is needed; there are {Epochs}.");
        if (BatchSize < 1) throw new ArgumentException($"A batch has at least one row; it has {BatchSize}.");
        if (!(HeldOutFraction is > 0 and < 1))
            throw new ArgumentException($"The held-out fraction must be in (0, 1); it is {HeldOutFraction}.");
        return this;
    }
}
