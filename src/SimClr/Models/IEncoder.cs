namespace SimClr.Models;

/// <summary>An encoder f(·) that knows what it was made from. Any other module x (N, C, S, S) → (N, D) can encode images too.</summary>
public interface IEncoder
{
    /// <summary>What was built, with every automatic value (null, 0 or Auto) decided: another one is made from it.</summary>
    EncoderOptions Options { get; }

    /// <summary>D, the length of h.</summary>
    int FeatureDim { get; }
}
