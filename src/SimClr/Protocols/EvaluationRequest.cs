namespace SimClr.Protocols;

/// <summary>What is asked of an evaluation beside its protocol.</summary>
public sealed record EvaluationRequest
{
    /// <summary>Repetitions, with seeds 0, 1, …: of the held-out rows, the order and the views. At least 1.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Epochs of the protocols that train step by step; null for the protocol's own.</summary>
    public int? Epochs { get; init; }

    /// <summary>Threads that make augmented views.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
