using SimClr.Models;

namespace SimClr.Cli.Benchmarks;

/// <summary>The least cost of a ResNet for one view, computed from its layers.</summary>
internal static class ModelWork
{
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
        var encoder = Forward(model.EncoderOptions, imageSize, fast: true);
        double head = model.Head.parameters().Where(p => p.dim() == 2).Sum(p => 2.0 * p.numel());
        return new Work(3 * (encoder.Flops + head), 2 * encoder.Bytes);
    }
}
