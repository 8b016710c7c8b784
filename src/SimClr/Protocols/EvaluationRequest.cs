namespace SimClr.Protocols;

/// <summary>The parameters of an <see cref="EncoderEvaluation"/>.</summary>
public sealed record EvaluationRequest
{
    /// <summary>The protocols in the order of running; at least one. Default: kNN, then the linear classifier.</summary>
    public IReadOnlyList<EvaluationProtocol> Protocols { get; init; } = [EvaluationProtocol.Knn, EvaluationProtocol.Linear];

    /// <summary>Whether the projection z is evaluated beside h, with the protocols on cached features. Default false.</summary>
    public bool Projection { get; init; }

    /// <summary>
    /// Whether the baselines (untrained encoder and pixels) are evaluated too, with the protocols on cached features. Default true.
    /// </summary>
    public bool Baselines { get; init; } = true;

    /// <summary>The number of repetitions, with the seeds 0, 1, … for held-out rows, order and views. At least 1, the default.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>The epochs of protocols that train in steps, at least 1; null, the default, for those of the protocol.</summary>
    public int? Epochs { get; init; }

    /// <summary>Threads that make augmented views, at least 1. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">There is no protocol, or a number is too small.</exception>
    public void Validate()
    {
        if (Protocols.Count == 0) throw new ArgumentException("An evaluation needs a protocol.", nameof(Protocols));
        ArgumentOutOfRangeException.ThrowIfLessThan(Seeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs ?? 1, 1, nameof(Epochs));
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
    }
}
