using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>The weights of an encoder found in a checkpoint.</summary>
/// <param name="Options">The network that the names and shapes describe; <see cref="Guesses"/> says what they do not determine.</param>
/// <param name="Encoder">By state-dict name: every tensor of the network and no other; borrowed from the checkpoint.</param>
/// <remarks>Immutable: safe to share between threads.</remarks>
public sealed record EncoderWeights(EncoderOptions Options, IReadOnlyDictionary<string, Tensor> Encoder)
{
    /// <summary>The classification layer <c>fc</c> on the encoder: weight (C, D) and bias (C); null if there is none.</summary>
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

    /// <summary>The usual S for training such networks, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Finds the encoder in a state; all built-in kinds are tried.</summary>
    /// <param name="state">Tensors by name, as <see cref="Weights.WeightsFile.Read"/> gives them; borrowed.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="unread">
    /// Other content of the file that was not read, as <see cref="Weights.WeightsFile.Read"/> gives it. Default none.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// There is no encoder, there are several, or it is of an unknown architecture: a tensor is missing, has another shape or dtype, or
    /// belongs to an unknown layer; or a value is not finite. The message names the tensor.
    /// </exception>
    /// <remarks>Our own files say more than their tensors: <c>TrainedEncoder.Load</c> reads that too, and guesses nothing.</remarks>
    public static EncoderWeights Find(
        IReadOnlyDictionary<string, Tensor> state, string source, IReadOnlyDictionary<string, string>? unread = null) =>
        ResNetWeights.Find(state, source, unread ?? new Dictionary<string, string>());
}
