namespace SimClr.Encoders;

/// <summary>What goes into an ONNX file beside the encoder.</summary>
public sealed record OnnxOptions
{
    /// <summary>
    /// Whether the graph takes decoded images (<c>image</c>, any size) and makes the view itself, exactly as evaluation
    /// does: crop, antialiased resizing, normalisation. Default true. False: it takes views (<c>x</c>) that the caller made.
    /// </summary>
    public bool Preprocessing { get; init; } = true;

    /// <summary>A classifier on h; by default none.</summary>
    public EncoderClassifier? Classifier { get; init; }

    /// <summary>The run's options as YAML, kept in the metadata under <c>recipe</c>; by default nothing.</summary>
    public string? Recipe { get; init; }
}
