using static TorchSharp.torch;

namespace SimClr.Models;

internal abstract partial class WeightsTranslator
{
    /// <summary>Weights under a program's names; see <see cref="EncoderWeights.Named"/>.</summary>
    public Dictionary<string, Tensor> Named(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder,
        (Tensor Weight, Tensor Bias)? classifier, WeightNames? names, string file)
    {
        var dialect = DialectOf(names);
        if (names is not null)
        {
            if (Obstacle(options, dialect) is { } obstacle)
                throw new InvalidDataException($"{file}: {dialect.Program}'s {Kind}s have no {obstacle}.");
            encoder = Converted(options, encoder, dialect);
        }
        var written = encoder.ToDictionary(t => dialect.Map.Theirs(t.Key)!, t => t.Value);
        if (classifier is { } fc)
            (written[$"{dialect.Classifiers[0]}.weight"], written[$"{dialect.Classifiers[0]}.bias"]) = (fc.Weight, fc.Bias);
        return written;
    }

    /// <summary>The names of a program; ours for null.</summary>
    protected abstract NameDialect DialectOf(WeightNames? names);

    /// <summary>What the program's networks lack, after "have no"; null for nothing.</summary>
    protected virtual string? Obstacle(EncoderOptions options, NameDialect dialect) => null;

    /// <summary>The tensors in the program's shapes, by our names.</summary>
    protected virtual IReadOnlyDictionary<string, Tensor> Converted(
        EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder, NameDialect dialect) => encoder;
}
