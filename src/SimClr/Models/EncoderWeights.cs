using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>An encoder's weights found among the tensors of somebody's checkpoint.</summary>
/// <param name="Options">What network the names and shapes are of; <see cref="Guesses"/> says what they do not tell.</param>
/// <param name="Encoder">By the names of its state dict: every tensor of the network and no other; borrowed from the checkpoint.</param>
/// <remarks>Only read once it is made: safe to share between threads.</remarks>
public sealed record EncoderWeights(EncoderOptions Options, IReadOnlyDictionary<string, Tensor> Encoder)
{
    /// <summary>The classification layer <c>fc</c> on top of the encoder, weight (C, D) and bias (C); null where there is none.</summary>
    public (Tensor Weight, Tensor Bias)? Classifier { get; init; }

    /// <summary>What stood before every name, for example <c>state_dict.module.backbone.</c>; empty for nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Names that belong to no encoder (projection heads, optimisers), in order.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>In words what names and shapes do not tell of the network, and is taken as its kind usually has it: of a ResNet the stride of its first convolution.</summary>
    public required IReadOnlyList<string> Guesses { get; init; }

    /// <summary>S, in pixels, that such networks are usually trained with.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Finds the one encoder in a state, of whichever kind is known here.</summary>
    /// <param name="state">Tensors by name, as <see cref="Weights.WeightsFile.Read"/> gives them; borrowed.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="unread">What else the file has and is not read here, as <see cref="Weights.WeightsFile.Read"/> gives it; by default nothing.</param>
    /// <exception cref="InvalidDataException">
    /// There is no encoder, there are several, or it is none that is here: a tensor is missing, of another shape or type, or belongs to the encoder and
    /// to no layer here, or a value is not finite. The message names it.
    /// </exception>
    /// <remarks>
    /// A file of ours says more than its tensors: <c>TrainedEncoder.Load</c> reads that too, and guesses nothing.
    /// </remarks>
    public static EncoderWeights Find(IReadOnlyDictionary<string, Tensor> state, string source, IReadOnlyDictionary<string, string>? unread = null) =>
        ResNetWeights.Find(state, source, unread ?? new Dictionary<string, string>());
}
