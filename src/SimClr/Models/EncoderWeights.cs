using SimClr.Images;
using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>The weights of an encoder found in a checkpoint.</summary>
/// <param name="Options">The network that the names and shapes describe; <see cref="Guesses"/> says what they do not determine.</param>
/// <param name="Encoder">
/// By our state-dict names: every tensor of the network and no other. Borrowed from the checkpoint; tensors that had to be made of others
/// belong to the caller's dispose scope.
/// </param>
/// <remarks>Immutable: safe to share between threads.</remarks>
public sealed record EncoderWeights(EncoderOptions Options, IReadOnlyDictionary<string, Tensor> Encoder)
{
    private static readonly WeightsTranslator[] Kinds =
        [new ResNetTranslator(), new VisionTransformerTranslator(), new ConvNeXtTranslator()];

    /// <summary>The classification layer on the encoder: weight (C, D) and bias (C); null if there is none.</summary>
    public (Tensor Weight, Tensor Bias)? Classifier { get; init; }

    /// <summary>The prefix of all names, for example <c>state_dict.module.backbone.</c>; may be empty.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Names outside the encoder (projection heads, optimisers), in order.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>
    /// Properties of the network that names and shapes do not determine, as text. The usual value is assumed: for a ResNet, the stride of
    /// its first convolution.
    /// </summary>
    public required IReadOnlyList<string> Guesses { get; init; }

    /// <summary>How images of three channels are usually prepared for such weights; also a guess.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>
    /// Another preparation that some files with such names need, as half a sentence, because names do not tell them apart; null for none.
    /// </summary>
    public string? OtherPreprocessing { get; init; }

    /// <summary>Finds the encoder in a state; all built-in kinds are tried.</summary>
    /// <param name="state">Tensors by name, as <see cref="Weights.WeightsFile.Read"/> gives them; borrowed.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="unread">
    /// Other content of the file that was not read, as <see cref="Weights.WeightsFile.Read"/> gives it. Default none.
    /// </param>
    /// <param name="network">
    /// Which of several networks: its prefix, or parts of it that no other prefix has (<c>teacher</c>). Empty: the one without a prefix.
    /// Null (the default): the file's only network.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// There is no encoder, there are several and none is named, or it is of an unknown architecture: a tensor is missing, has another
    /// shape or dtype, or belongs to an unknown layer; or a value is not finite. The message names the tensor.
    /// </exception>
    /// <remarks>Our own files say more than their tensors: <c>TrainedEncoder.Load</c> reads that too, and guesses nothing.</remarks>
    public static EncoderWeights Find(IReadOnlyDictionary<string, Tensor> state, string source,
        IReadOnlyDictionary<string, string>? unread = null, string? network = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        unread ??= new Dictionary<string, string>();
        var names = new HashSet<string>([.. state.Keys, .. unread.Keys]);
        var found = Kinds.SelectMany(kind => kind.In(names).Select(network => (Kind: kind, Network: network))).ToList();
        if (found.Count == 0)
            throw new InvalidDataException($"{source} holds no {string.Join(" and no ", Kinds.Select(k => k.Kind))} that is known here " +
                $"by the names of its {names.Count} tensors (the first is {Excerpt.Of(names.FirstOrDefault() ?? "none")}).");
        var chosen = network is null ? found : found.Where(f => f.Network.Prefix.TrimEnd('.') == network.TrimEnd('.')).ToList();
        if (chosen.Count == 0 && network is { Length: > 0 })
            chosen = [.. found.Where(f => $".{f.Network.Prefix}".Contains($".{network.Trim('.')}.", StringComparison.Ordinal))];
        if (chosen is [var (kind, one)]) return kind.Read(one, state, source, unread);

        var prefixes = found.Select(f => f.Network.Prefix.TrimEnd('.')).ToList();
        string listed = string.Join(", ", prefixes.Take(5).Select(p => p.Length > 0 ? $"'{Excerpt.Of(p)}'" : "'' (no prefix)"))
            + (found.Count > 5 ? " …" : "");
        string example = prefixes.FirstOrDefault(p => p.Length > 0) ?? "";
        throw new InvalidDataException(found.Count == 1 ? $"{source} holds one network, under {listed}, and none under '{network}'."
            : $"{source} holds {found.Count} networks, under {listed}{(network is null ? "" : $"; '{network}' names " +
                $"{(chosen.Count == 0 ? "none" : "several")} of them")}. Name one after a #: {source}#{Excerpt.Of(example)}");
    }

    /// <summary>Whether these are the weights of a network: tensors of the same names and shapes.</summary>
    internal bool Fit(EncoderOptions options) => Kinds.Any(kind => kind.Fits(options, Encoder));

    /// <summary>Weights under other programs' names.</summary>
    /// <param name="options">The network: a built-in kind.</param>
    /// <param name="encoder">By our names; borrowed.</param>
    /// <param name="classifier">The layer h → logits; null for none.</param>
    /// <param name="names">Whose names. Null: ours, and the classifier as the program calls it whose names are ours.</param>
    /// <param name="file">The name of the file in messages.</param>
    /// <returns>New tensors are the caller's.</returns>
    /// <exception cref="InvalidDataException">The other program has no such network.</exception>
    internal static Dictionary<string, Tensor> Named(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder,
        (Tensor Weight, Tensor Bias)? classifier, WeightNames? names, string file) =>
        Kinds.Single(kind => kind.OptionsType == options.GetType()).Named(options, encoder, classifier, names, file);
}
