namespace SimClr.Models;

/// <summary>An encoder that knows its stages. One that does not has its child modules with parameters as stages, in the order in which they were registered.</summary>
public interface IStagedEncoder
{
    /// <summary>From the input to the output; every parameter belongs to one of them.</summary>
    IReadOnlyList<EncoderStage> Stages { get; }
}
