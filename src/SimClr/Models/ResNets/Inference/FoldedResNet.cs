using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// A ResNet for inference. Batch norms are folded into the convolutions, additions and ReLUs are part of the convolutions' output, and no
/// graph is recorded. h is equal within float32 rounding.
/// </summary>
internal sealed class FoldedResNet : IInferenceEncoder
{
    private readonly int channels;
    private readonly ResNetTopology topology;
    private readonly FoldedConvolution[] stem;
    private readonly FoldedBlock[] blocks;

    /// <param name="encoder">Borrowed until the constructor returns.</param>
    public FoldedResNet(ResNet encoder)
    {
        using var _ = no_grad();
        (topology, channels) = (encoder.Topology, encoder.Options.Channels);
        var folding = new BatchNormFolding(encoder.state_dict());
        stem = [.. topology.StemConvolutions.Select(layer => new FoldedConvolution(folding, layer.Name, layer.Norm!, layer.Stride))];
        blocks = [.. topology.Stages.SelectMany(stage => stage).Select(block => new FoldedBlock(folding, block))];
    }

    public Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() != 4
            || input.shape[1] != channels || input.dtype != ScalarType.Float32 || input.device_type != TorchSharp.DeviceType.CPU)
            throw new ArgumentException($"The encoder takes (N, {channels}, S, S) float32 on the CPU, not " +
                $"({string.Join(", ", input.shape)}) {input.dtype} on {input.device}.", nameof(input));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var x = ChannelsLast.Of(input);
        foreach (var convolution in stem) x = Replace(x, convolution.Forward(x, null, relu: true));
        if (topology.HasMaxPool) x = Replace(x, ResNet.MaxPool(x, topology.Layout));
        foreach (var block in blocks) x = Replace(x, block.Forward(x));
        return x.mean([2, 3]).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var convolution in stem) convolution.Dispose();
        foreach (var block in blocks) block.Dispose();
    }

    // Frees activations as soon as they are used. The next ones then use the same memory.
    private static Tensor Replace(Tensor used, Tensor next)
    {
        used.Dispose();
        return next;
    }
}
