using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// An encoder as it evaluates, for embedding many images on the CPU: batch norms are folded into the convolutions, additions and ReLUs
/// happen where a convolution writes its output, and no graph is recorded. h is the encoder's within float32's rounding.
/// </summary>
/// <remarks>Safe for use by several threads at once, with images of any sizes, until it is disposed of.</remarks>
public sealed class FoldedEncoder : IDisposable
{
    private readonly Stem stem;
    private readonly int channels;
    private readonly ResNetLayout layout;
    private readonly FoldedConvolution[] first;
    private readonly List<FoldedBlock> blocks = [];

    /// <summary>Copies and folds the weights as they are now; later changes of the encoder are not seen.</summary>
    /// <param name="encoder">In either mode, on any device; borrowed until the constructor returns.</param>
    /// <exception cref="InvalidDataException">A weight is not finite once its batch norm is folded in; the message names it. A ReLU would hide it.</exception>
    public FoldedEncoder(ResNet encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using var _ = no_grad();
        (stem, layout, channels) = (encoder.Options.Stem, encoder.Options.Layout, encoder.Options.Channels);
        var state = encoder.state_dict();
        var folding = new BatchNormFolding(state);
        first = Array.ConvertAll(ResNet.StemOf(encoder.Options), layer => new FoldedConvolution(folding, layer.Convolution, layer.Norm, layer.Stride));
        for (int layer = 1; layer <= 4; layer++)
        {
            int stride = layer == 1 ? 1 : 2;
            for (int block = 0; state.ContainsKey($"layer{layer}.{block}.conv1.weight"); block++, stride = 1)
                blocks.Add(new FoldedBlock(folding, state, $"layer{layer}.{block}", stride));
        }
    }

    /// <summary>Computes the representation.</summary>
    /// <param name="input">x (N, C, S, S) float32 on the CPU; borrowed.</param>
    /// <returns>h (N, D) float32; the caller's.</returns>
    /// <exception cref="ArgumentException">The input is of another type, device or number of channels.</exception>
    public Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() != 4 || input.shape[1] != channels || input.dtype != ScalarType.Float32 || input.device_type != TorchSharp.DeviceType.CPU)
            throw new ArgumentException($"The encoder takes (N, {channels}, S, S) float32 on the CPU, not ({string.Join(", ", input.shape)}) {input.dtype} on {input.device}.", nameof(input));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var x = ChannelsLast.Of(input);
        foreach (var convolution in first) x = Replace(x, convolution.Forward(x, null, relu: true));
        if (stem == Stem.Imagenet) x = Replace(x, ResNet.MaxPool(x, layout));
        foreach (var block in blocks) x = Replace(x, block.Forward(x));
        return x.mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the folded weights.</summary>
    public void Dispose()
    {
        foreach (var convolution in first) convolution.Dispose();
        foreach (var block in blocks) block.Dispose();
    }

    // Activations are freed as soon as they have been used: the next ones then lie in the same memory.
    private static Tensor Replace(Tensor used, Tensor next)
    {
        used.Dispose();
        return next;
    }
}
