using SimClr.Models;

namespace SimClr.Cli.Benchmarks;

/// <summary>What a ResNet costs at least for one view, from the shapes of its weights.</summary>
internal static class ModelWork
{
    /// <summary>Multiply-adds of the convolutions; every convolution's output and its normalised form written once and read once.</summary>
    public static Work Forward(ResNet encoder, int imageSize)
    {
        double flops = 0, outputs = 0;
        foreach (var (name, weight) in encoder.named_parameters().Where(p => p.parameter.dim() == 4))
        {
            var shape = weight.shape; // (out, in, k, k)
            double pixels = Math.Pow(Side(name, (int)shape[2], encoder.Options.StemFor(imageSize), imageSize), 2);
            flops += 2.0 * shape[0] * shape[1] * shape[2] * shape[3] * pixels;
            outputs += shape[0] * pixels;
        }
        return new Work(flops, 4 * sizeof(float) * outputs);
    }

    /// <summary>Forward and backward through encoder and head: every product is made three times, and the traffic is twice that of the forward pass.</summary>
    public static Work ForwardBackward(SimClrModel model, int imageSize)
    {
        var encoder = Forward(model.Encoder, imageSize);
        double head = model.Head.parameters().Where(p => p.dim() == 2).Sum(p => 2.0 * p.numel());
        return new Work(3 * (encoder.Flops + head), 2 * encoder.Bytes);
    }

    // The side of a convolution's output. A stage after the first halves it, in a bottleneck block only from its 3×3 convolution on.
    private static int Side(string name, int kernel, Stem stem, int imageSize)
    {
        int stage = name.StartsWith("layer", StringComparison.Ordinal) ? name[5] - '0' : 0;
        int halvings = (stem == Stem.Small ? 0 : 1) + (stage > 0 && stem == Stem.Imagenet ? 1 : 0) + Math.Max(0, stage - 1);
        if (stage > 1 && kernel == 1 && name.Contains(".0.conv1.", StringComparison.Ordinal)) halvings--;
        for (; halvings > 0; halvings--) imageSize = (imageSize + 1) / 2;
        return imageSize;
    }
}
