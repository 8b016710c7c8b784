namespace SimClr.FineTuning;

/// <summary>All options of a fine-tuning. <c>--set</c> can change them.</summary>
public sealed record FineTuneOptions
{
    /// <summary>SimCLR's protocol (Appendix B.5): the defaults.</summary>
    public static FineTuneOptions V1 { get; } = new();

    /// <summary>
    /// SimCLR v2's protocol: from the projection head's first layer, trained with LARS (<see cref="ClassifierTrainingOptions.V2"/>).
    /// </summary>
    public static FineTuneOptions V2 { get; } = new() { HeadLayers = 1, Training = ClassifierTrainingOptions.V2 };

    /// <summary>
    /// The layer of the projection head that the classification layer follows; 0 (the default) is h. SimCLR v2: 1 with few labels.
    /// </summary>
    public int HeadLayers { get; init; }

    /// <summary>
    /// Whether the classification layer of a pretrained network starts at the optimum of a linear probe instead of 0
    /// (<see cref="FineTuner.StartFromProbe"/>). Default false.
    /// </summary>
    public bool ProbeFirst { get; init; }

    /// <summary>The share of each class's labelled images on which the best epoch is found, in [0, 1); 0 for none. Default 0.1.</summary>
    public double HeldOutFraction { get; init; } = 0.1;

    /// <summary>How the network is trained.</summary>
    public ClassifierTrainingOptions Training { get; init; } = ClassifierTrainingOptions.V1;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        if (HeadLayers < 0) throw new ArgumentOutOfRangeException(nameof(HeadLayers), HeadLayers, "The head's layers are counted from 0.");
        if (!(HeldOutFraction is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(HeldOutFraction), HeldOutFraction, "The held-out fraction must lie in [0, 1).");
    }
}
