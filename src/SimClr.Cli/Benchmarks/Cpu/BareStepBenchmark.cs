using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// <c>step-…-bare</c>: encoder and head, forward and backward, on the same views every time: no loss, no optimizer, no loader.
/// </summary>
internal sealed class BareStepBenchmark : IBenchmark
{
    private readonly SimClrModel model;
    private readonly Tensor views, gradient;

    /// <param name="width">The width of the encoder, a ResNet-18.</param>
    public BareStepBenchmark(double width)
    {
        var options = StepBenchmark.OfResNet(width);
        model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
        using var generator = new Generator(0, CPU);
        views = rand(2 * options.BatchSize, 3, options.ImageSize, options.ImageSize, generator: generator);
        gradient = randn(2 * options.BatchSize, model.Head.OutputDim, generator: generator);
    }

    public double Units => views.shape[0];

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(Units * ModelWork.ForwardBackward(model, (int)views.shape[3]));

    public void Run()
    {
        using var scope = NewDisposeScope();
        model.zero_grad(set_to_none: true);
        model.call(views).backward([gradient]);
    }

    public void Dispose()
    {
        model.Dispose();
        views.Dispose();
        gradient.Dispose();
    }
}
