namespace SimClr.Models;

/// <summary>
/// An encoder that defines its stages. Otherwise, the stages are its child modules with parameters, in registration order.
/// </summary>
public interface IStagedEncoder
{
    /// <summary>The stages from input to output. Every parameter belongs to one of them.</summary>
    IReadOnlyList<EncoderStage> Stages { get; }
}
