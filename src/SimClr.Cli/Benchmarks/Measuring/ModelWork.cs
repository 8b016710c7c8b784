using SimClr.Models;

namespace SimClr.Cli.Benchmarks;

/// <summary>What a ResNet costs at least for one view, from the shapes of its weights.</summary>
internal static class ModelWork
{
    /// <summary>Multiply-adds of the convolutions; every convolution's output and its normalised form written once and read once.</summary>
    /// <param name="encoder">Borrowed.</param>
    /// <param name="imageSize">S.</param>
    /// <param name="fast">A 3×3 convolution of stride 1 has a quarter of its products: Winograd's F(4×4, 3×3), the least that keeps float32's digits.</param>
    public static Work Forward(ResNet encoder, int imageSize, bool fast = false)
    {
        double flops = 0, outputs = 0;
        bool bottleneck = encoder.named_parameters().Any(p => p.name == "layer1.0.conv3.weight");
        foreach (var (name, weight) in encoder.named_parameters().Where(p => p.parameter.dim() == 4))
        {
            var shape = weight.shape; // (out, in, k, k)
            double pixels = Math.Pow(Side(name, (int)shape[2], encoder.Options.StemFor(imageSize), imageSize), 2);
            double products = (double)shape[0] * shape[1] * shape[2] * shape[3] * pixels;
            flops += 2 * (fast && shape[2] == 3 && !IsStrided(name, encoder.Options.Stem, bottleneck) ? products / 4 : products);
            outputs += shape[0] * pixels;
        }
        return new Work(flops, 4 * sizeof(float) * outputs);
    }

    /// <summary>Forward and backward through encoder and head: every product is made three times, the 3×3 ones by Winograd's method, and the traffic is twice that of the forward pass.</summary>
    public static Work ForwardBackward(SimClrModel model, int imageSize)
    {
        var encoder = Forward(model.Encoder, imageSize, fast: true);
        double head = model.Head.parameters().Where(p => p.dim() == 2).Sum(p => 2.0 * p.numel());
        return new Work(3 * (encoder.Flops + head), 2 * encoder.Bytes);
    }

    // Of the 3×3 convolutions: a stem's that halves, and in the first block of a stage after the first the one that halves.
    private static bool IsStrided(string name, Stem stem, bool bottleneck) =>
        name.StartsWith("conv1", StringComparison.Ordinal) ? stem != Stem.Small && name is "conv1.weight" or "conv1.0.weight" : name[5] > '1' && name.Contains(bottleneck ? ".0.conv2." : ".0.conv1.", StringComparison.Ordinal);

    // The side of a convolution's output. A stage after the first halves it, in a bottleneck block only from its 3×3 convolution on.
    private static int Side(string name, int kernel, Stem stem, int imageSize)
    {
        if (name.Contains(".select.", StringComparison.Ordinal)) return 1; // on means
        int stage = name.StartsWith("layer", StringComparison.Ordinal) ? name[5] - '0' : 0;
        int halvings = (stem == Stem.Small ? 0 : 1) + (stage > 0 && stem == Stem.Imagenet ? 1 : 0) + Math.Max(0, stage - 1);
        if (stage > 1 && kernel == 1 && name.Contains(".0.conv1.", StringComparison.Ordinal)) halvings--;
        for (; halvings > 0; halvings--) imageSize = (imageSize + 1) / 2;
        return imageSize;
    }
}
