namespace SimClr.Encoders;

/// <summary>Further content of an ONNX file, beside the encoder.</summary>
public sealed record OnnxOptions
{
    /// <summary>
    /// Whether the graph takes decoded images (<c>image</c>, any size) and does exactly the preprocessing of evaluation: crop, antialiased
    /// resizing, normalisation. Default true. False: it takes preprocessed views (<c>x</c>).
    /// </summary>
    public bool Preprocessing { get; init; } = true;

    /// <summary>
    /// The version of the operators: 18 (the default), or 17 for older runtimes, only without <see cref="Preprocessing"/>, because its
    /// Resize cannot antialias.
    /// </summary>
    public int Opset { get; init; } = OnnxEncoder.Opset;

    /// <summary>A classifier on h; by default none.</summary>
    public EncoderClassifier? Classifier { get; init; }

    /// <summary>The options of the run as YAML, for the metadata <c>recipe</c>; by default none.</summary>
    public string? Recipe { get; init; }
}
