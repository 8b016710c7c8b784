using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>The stages of any encoder, and the learning rates that follow from them.</summary>
public static class EncoderStages
{
    /// <summary>What stands before an encoder's names in <see cref="SimClrModel"/> and <see cref="ImageClassifier"/>.</summary>
    internal const string EncoderPrefix = "encoder.";

    /// <summary>The stages from the input to the output: the encoder's own (<see cref="IStagedEncoder"/>), or its child modules with parameters in the order of their registration.</summary>
    /// <param name="encoder">Borrowed.</param>
    public static IReadOnlyList<EncoderStage> Of(Module encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return (encoder as IStagedEncoder)?.Stages
            ?? [.. encoder.named_children().Where(child => child.module.parameters().Any()).Select(child => new EncoderStage(child.name, [child.name]))];
    }

    /// <summary>
    /// Layer-wise learning-rate decay (Clark et al. 2020, ELECTRA; Bao et al. 2021, BEiT): of K stages the k-th from the output on has the
    /// factor Dᵏ, so that the one at the input, the most general, moves least.
    /// </summary>
    /// <param name="encoder">Borrowed.</param>
    /// <param name="decay">D, in (0, 1].</param>
    /// <returns>
    /// The factor of a parameter, by its name in <see cref="SimClrModel"/> or <see cref="ImageClassifier"/>: 1 for all that is not the encoder's; that of the first stage for
    /// what belongs to no stage.
    /// </returns>
    public static Func<string, double> RateFactors(Module encoder, double decay)
    {
        var stages = Of(encoder);
        return name =>
        {
            if (!name.StartsWith(EncoderPrefix, StringComparison.Ordinal)) return 1;
            string own = name[EncoderPrefix.Length..];
            int stage = stages.Index().FirstOrDefault(s => s.Item.Modules.Any(module => own.StartsWith(module + ".", StringComparison.Ordinal))).Index;
            return Math.Pow(decay, stages.Count - stage);
        };
    }
}
