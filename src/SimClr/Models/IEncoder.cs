namespace SimClr.Models;

/// <summary>An encoder f(·) that knows its options. Any other module x (N, C, S, S) → (N, D) can encode images too.</summary>
public interface IEncoder
{
    /// <summary>The options with every automatic value (null, 0 or Auto) resolved. They make an equal network.</summary>
    EncoderOptions Options { get; }

    /// <summary>D, the length of h.</summary>
    int FeatureDim { get; }
}
