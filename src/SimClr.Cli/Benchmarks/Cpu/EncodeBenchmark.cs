using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// <c>encode-…-224</c>: prepared images of 224 × 224 pixels through the encoder, folded where it can be, as every command uses it.
/// </summary>
internal sealed class EncodeBenchmark : IBenchmark
{
    /// <summary>S of the images.</summary>
    public const int ImageSize = 224;

    private readonly int batch;
    private readonly Work work;
    private readonly nn.Module<Tensor, Tensor> encoder;
    private readonly IInferenceEncoder? folded;
    private readonly Tensor images;

    /// <param name="options">The network.</param>
    /// <param name="batch">The images of a pass.</param>
    public EncodeBenchmark(EncoderOptions options, int batch)
    {
        this.batch = batch;
        encoder = Network(options);
        (folded, work) = ((encoder as IFoldable)?.Fold(), batch * ModelWork.Forward(encoder, ImageSize, fast: true));
        images = rand(batch, 3, ImageSize, ImageSize);
    }

    /// <summary>A network with random weights, in eval mode; owned by the caller.</summary>
    public static nn.Module<Tensor, Tensor> Network(EncoderOptions options)
    {
        using var generator = new Generator(0, CPU);
        var encoder = options.Create(ImageSize, generator);
        encoder.eval();
        return encoder;
    }

    public double Units => batch;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(work);

    public void Run()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (folded is null) encoder.call(images);
        else folded.Forward(images);
    }

    public void Dispose()
    {
        folded?.Dispose();
        encoder.Dispose();
        images.Dispose();
    }
}
