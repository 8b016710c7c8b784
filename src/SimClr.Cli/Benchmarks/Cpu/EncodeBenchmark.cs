using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>encode-…-224</c>: prepared images of 224 × 224 pixels through the folded encoder, as every command uses it.</summary>
internal sealed class EncodeBenchmark : IBenchmark
{
    /// <summary>S of the images.</summary>
    public const int ImageSize = 224;

    private readonly int batch;
    private readonly ResNetOptions options;
    private readonly IInferenceEncoder folded;
    private readonly Tensor images;

    /// <param name="depth">The network, of width 1.</param>
    /// <param name="batch">The images of a pass.</param>
    public EncodeBenchmark(ResNetDepth depth, int batch)
    {
        (this.batch, options) = (batch, new ResNetOptions { Arch = depth });
        using var encoder = Network(options);
        folded = encoder.Fold();
        images = rand(batch, 3, ImageSize, ImageSize);
    }

    /// <summary>A network with random weights, in eval mode; owned by the caller.</summary>
    public static ResNet Network(ResNetOptions options)
    {
        using var generator = new Generator(0, CPU);
        var encoder = new ResNet(options, ImageSize, generator);
        encoder.eval();
        return encoder;
    }

    public double Units => batch;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(batch * ModelWork.Forward(options, ImageSize, fast: true));

    public void Run()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        folded.Forward(images);
    }

    public void Dispose()
    {
        folded.Dispose();
        images.Dispose();
    }
}
