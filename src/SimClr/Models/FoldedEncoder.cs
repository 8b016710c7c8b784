using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// An encoder as it evaluates, for embedding many images on the CPU: batch norms are folded into the convolutions, additions and ReLUs
/// happen where a convolution writes its output, and no graph is recorded. h is the encoder's within float32's rounding.
/// </summary>
public sealed class FoldedEncoder : IDisposable
{
    private readonly Stem stem;
    private readonly ResNetLayout layout;
    private readonly FoldedConvolution first;
    private readonly List<(FoldedConvolution[] Convolutions, FoldedConvolution? Shortcut)> blocks = [];

    /// <summary>Copies and folds the weights as they are now; later changes of the encoder are not seen.</summary>
    /// <param name="encoder">In either mode, on any device; borrowed until the constructor returns.</param>
    public FoldedEncoder(ResNet encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using var _ = no_grad();
        (stem, layout) = (encoder.Options.Stem, encoder.Options.Layout);
        var state = encoder.state_dict();
        var folding = new BatchNormFolding(state);
        first = new FoldedConvolution(folding, "conv1", "bn1", stem == Stem.Small ? 1 : 2);
        for (int layer = 1; layer <= 4; layer++)
        {
            int stride = layer == 1 ? 1 : 2;
            for (int block = 0; state.ContainsKey($"layer{layer}.{block}.conv1.weight"); block++, stride = 1)
            {
                string prefix = $"layer{layer}.{block}.";
                int last = state.ContainsKey($"{prefix}conv3.weight") ? 3 : 2;
                var convolutions = new FoldedConvolution[last];
                for (int i = 1; i <= last; i++) convolutions[i - 1] = new FoldedConvolution(folding, $"{prefix}conv{i}", $"{prefix}bn{i}", i == last - 1 ? stride : 1);
                bool projects = state.ContainsKey($"{prefix}downsample.0.weight");
                blocks.Add((convolutions, projects ? new FoldedConvolution(folding, $"{prefix}downsample.0", $"{prefix}downsample.1", stride) : null));
            }
        }
    }

    /// <summary>Computes the representation.</summary>
    /// <param name="input">x (N, 3, S, S) float32 on the CPU; borrowed.</param>
    /// <returns>h (N, D) float32; the caller's.</returns>
    /// <exception cref="ArgumentException">The input is of another type, device or number of channels.</exception>
    public Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() != 4 || input.shape[1] != 3 || input.dtype != ScalarType.Float32 || input.device_type != TorchSharp.DeviceType.CPU)
            throw new ArgumentException($"The encoder takes (N, 3, S, S) float32 on the CPU, not ({string.Join(", ", input.shape)}) {input.dtype} on {input.device}.", nameof(input));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var x = first.Forward(ChannelsLast.Of(input), null, relu: true);
        if (stem == Stem.Imagenet) x = Replace(x, ResNet.MaxPool(x, layout));
        foreach (var (convolutions, shortcut) in blocks) x = Replace(x, Block(convolutions, shortcut, x));
        return x.mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the folded weights.</summary>
    public void Dispose()
    {
        first.Dispose();
        foreach (var (convolutions, shortcut) in blocks)
        {
            foreach (var convolution in convolutions) convolution.Dispose();
            shortcut?.Dispose();
        }
    }

    private static Tensor Block(FoldedConvolution[] convolutions, FoldedConvolution? shortcut, Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = x;
        for (int i = 0; i < convolutions.Length - 1; i++) y = convolutions[i].Forward(y, null, relu: true);
        var residual = shortcut is null ? x : shortcut.Forward(x, null, relu: false);
        return convolutions[^1].Forward(y, residual, relu: true).MoveToOuterDisposeScope();
    }

    // Activations are freed as soon as they have been used: the next ones then lie in the same memory.
    private static Tensor Replace(Tensor used, Tensor next)
    {
        used.Dispose();
        return next;
    }
}
