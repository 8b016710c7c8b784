namespace SimClr.Protocols;

/// <summary>What an <see cref="EncoderEvaluation"/> measures.</summary>
public sealed record EvaluationRequest
{
    /// <summary>The protocols, in the order in which they run; at least one. Default: kNN, then the linear classifier.</summary>
    public IReadOnlyList<EvaluationProtocol> Protocols { get; init; } = [EvaluationProtocol.Knn, EvaluationProtocol.Linear];

    /// <summary>Whether the projection z is evaluated beside h, by the protocols on cached features. Default false.</summary>
    public bool Projection { get; init; }

    /// <summary>Whether the untrained encoder and the pixels, what an encoder must beat, are evaluated too, by the protocols on cached features. Default true.</summary>
    public bool Baselines { get; init; } = true;

    /// <summary>Repetitions, with seeds 0, 1, …: of the held-out rows, the order and the views. At least 1, the default.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Epochs of the protocols that train step by step, at least 1; null, the default, for the protocol's own.</summary>
    public int? Epochs { get; init; }

    /// <summary>Threads that make augmented views, at least 1. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">There is no protocol, or a number is below its least.</exception>
    public void Validate()
    {
        if (Protocols.Count == 0) throw new ArgumentException("An evaluation needs a protocol.", nameof(Protocols));
        ArgumentOutOfRangeException.ThrowIfLessThan(Seeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs ?? 1, 1, nameof(Epochs));
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
    }
}
