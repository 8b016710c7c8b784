using System.Globalization;
using SimClr.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Cli.Benchmarks;

/// <summary>The least cost of an encoder for one view, computed from its layers.</summary>
internal static class ModelWork
{
    /// <summary>The work of any built-in encoder.</summary>
    /// <param name="encoder">The network.</param>
    /// <param name="imageSize">S.</param>
    /// <param name="fast">As below.</param>
    public static Work Forward(Module<Tensor, Tensor> encoder, int imageSize, bool fast = false) => encoder switch
    {
        VisionTransformer transformer => Forward(transformer),
        ConvNeXt convNeXt => Forward(convNeXt, imageSize),
        _ => Forward(((IEncoder)encoder).Options, imageSize, fast),
    };

    // Every weight of a block serves every token; an attention multiplies all pairs of tokens twice. A token's values between layers, 16·D
    // a block, are each written once and read once.
    private static Work Forward(VisionTransformer encoder)
    {
        double patches = encoder.GridSide * encoder.GridSide, d = encoder.FeatureDim, blocks = encoder.Stages.Count - 2;
        double tokens = patches + encoder.Options.Registers + (encoder.Options.Pooling == TokenPooling.Class ? 1 : 0);
        double projection = patches * encoder.Options.Channels * Math.Pow(encoder.Options.Patch!.Value, 2) * d;
        return new Work(2 * (projection + blocks * tokens * d * (12 * d + 2 * tokens)), 2 * sizeof(float) * 16 * d * tokens * blocks);
    }

    // Every weight serves every pixel of its stage. A pixel's values between the layers of a block, 12·C, are written once and read once.
    private static Work Forward(ConvNeXt encoder, int imageSize)
    {
        double products = 0, values = 0;
        foreach (var (name, weight) in encoder.named_parameters().Where(p => p.parameter.dim() >= 2))
        {
            string[] parts = name.Split('.');
            if (parts is not ["features", var layer, ..]) continue;
            double side = imageSize / encoder.Options.Patch!.Value >> int.Parse(layer, CultureInfo.InvariantCulture) / 2;
            if (name.EndsWith("layer_scale", StringComparison.Ordinal)) values += 12 * weight.numel() * side * side;
            else products += weight.numel() * side * side;
        }
        return new Work(2 * products, 2 * sizeof(float) * values);
    }

    /// <summary>
    /// Multiply-adds of the convolutions. The output of every convolution and its normalised form are each written once and read once.
    /// </summary>
    /// <param name="encoder">The options of a ResNet.</param>
    /// <param name="imageSize">S.</param>
    /// <param name="fast">
    /// Whether a 3×3 convolution of stride 1 counts a quarter of its products: Winograd's F(4×4, 3×3), the fewest with the accuracy of
    /// float32.
    /// </param>
    public static Work Forward(EncoderOptions encoder, int imageSize, bool fast = false)
    {
        double flops = 0, outputs = 0;
        foreach (var (convolution, side) in new ResNetTopology((ResNetOptions)encoder.For(imageSize)).Sides(imageSize))
        {
            double pixels = (double)side * side;
            double products = (double)convolution.Outputs * convolution.Inputs * convolution.Kernel * convolution.Kernel * pixels;
            flops += 2 * (fast && convolution is { Kernel: 3, Stride: 1 } ? products / 4 : products);
            outputs += convolution.Outputs * pixels;
        }
        return new Work(flops, 4 * sizeof(float) * outputs);
    }

    /// <summary>
    /// Forward and backward pass through encoder and head. Every product is computed three times, those of 3×3 convolutions by Winograd's
    /// method. The memory traffic is twice that of the forward pass.
    /// </summary>
    public static Work ForwardBackward(SimClrModel model, int imageSize)
    {
        var encoder = Forward(model.Encoder, imageSize, fast: true);
        double head = model.Head.parameters().Where(p => p.dim() == 2).Sum(p => 2.0 * p.numel());
        return new Work(3 * (encoder.Flops + head), 2 * encoder.Bytes);
    }
}
