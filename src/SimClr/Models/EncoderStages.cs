using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>The stages of any encoder, and their learning rates.</summary>
public static class EncoderStages
{
    /// <summary>The prefix of the encoder's names in <see cref="SimClrModel"/> and <see cref="ImageClassifier"/>.</summary>
    internal const string EncoderPrefix = "encoder.";

    /// <summary>
    /// The stages from input to output: the encoder's own (<see cref="IStagedEncoder"/>), or its child modules with parameters, in
    /// registration order.
    /// </summary>
    /// <param name="encoder">Borrowed.</param>
    public static IReadOnlyList<EncoderStage> Of(Module encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return (encoder as IStagedEncoder)?.Stages
            ?? [.. encoder.named_children()
                .Where(child => child.module.parameters().Any()).Select(child => new EncoderStage(child.name, [child.name]))];
    }

    /// <summary>
    /// Layer-wise learning-rate decay (Clark et al. 2020, ELECTRA; Bao et al. 2021, BEiT). Of K stages, the k-th from the output has the
    /// factor Dᵏ. So the stage at the input, the most general one, changes least.
    /// </summary>
    /// <param name="encoder">Borrowed.</param>
    /// <param name="decay">D, in (0, 1].</param>
    /// <returns>
    /// The factor of a parameter, by its name in <see cref="SimClrModel"/> or <see cref="ImageClassifier"/>. It is 1 for parameters outside
    /// the encoder. Parameters of the encoder in no stage have the factor of the first stage.
    /// </returns>
    public static Func<string, double> RateFactors(Module encoder, double decay)
    {
        var stages = Of(encoder);
        return name =>
        {
            if (!name.StartsWith(EncoderPrefix, StringComparison.Ordinal)) return 1;
            string own = name[EncoderPrefix.Length..];
            int stage = stages.Index()
                .FirstOrDefault(s => s.Item.Modules.Any(module => own.StartsWith(module + ".", StringComparison.Ordinal))).Index;
            return Math.Pow(decay, stages.Count - stage);
        };
    }
}
