using SimClr.Models;

namespace SimClr.Cli.Benchmarks;

/// <summary>What a ResNet costs at least for one view, from its layers.</summary>
internal static class ModelWork
{
    /// <summary>Multiply-adds of the convolutions; every convolution's output and its normalised form written once and read once.</summary>
    /// <param name="encoder">A ResNet's options.</param>
    /// <param name="imageSize">S.</param>
    /// <param name="fast">A 3×3 convolution of stride 1 has a quarter of its products: Winograd's F(4×4, 3×3), the least that keeps float32's digits.</param>
    public static Work Forward(EncoderOptions encoder, int imageSize, bool fast = false)
    {
        double flops = 0, outputs = 0;
        foreach (var (convolution, side) in new ResNetTopology((ResNetOptions)encoder.For(imageSize)).Sides(imageSize))
        {
            double pixels = (double)side * side, products = (double)convolution.Outputs * convolution.Inputs * convolution.Kernel * convolution.Kernel * pixels;
            flops += 2 * (fast && convolution is { Kernel: 3, Stride: 1 } ? products / 4 : products);
            outputs += convolution.Outputs * pixels;
        }
        return new Work(flops, 4 * sizeof(float) * outputs);
    }

    /// <summary>Forward and backward through encoder and head: every product is made three times, the 3×3 ones by Winograd's method, and the traffic is twice that of the forward pass.</summary>
    public static Work ForwardBackward(SimClrModel model, int imageSize)
    {
        var encoder = Forward(model.EncoderOptions, imageSize, fast: true);
        double head = model.Head.parameters().Where(p => p.dim() == 2).Sum(p => 2.0 * p.numel());
        return new Work(3 * (encoder.Flops + head), 2 * encoder.Bytes);
    }
}
