using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// <c>step-…-torchsharp</c>: the step as written with TorchSharp alone, on the same libtorch: its modules in N, C, H, W order, all
/// similarities at once, autograd and its SGD, on views that exist already. This is what a C# programmer has without this library.
/// </summary>
internal sealed class PlainStepBenchmark : IBenchmark
{
    private readonly Sequential model;
    private readonly optim.Optimizer optimizer;
    private readonly Tensor views;

    /// <param name="width">The width of the encoder, a ResNet-18 with a 3 × 3 stem.</param>
    public PlainStepBenchmark(double width)
    {
        var options = StepBenchmark.OfResNet(width);
        int channels = (int)(64 * width);
        model = Sequential(
            Convolution(3, channels, 1), BatchNorm2d(channels), ReLU(inplace: true),
            Stage(channels, channels, 1), Stage(channels, 2 * channels, 2), Stage(2 * channels, 4 * channels, 2),
            Stage(4 * channels, 8 * channels, 2),
            AdaptiveAvgPool2d(1), Flatten(),
            Linear(8 * channels, 8 * channels, hasBias: false), BatchNorm1d(8 * channels),
            ReLU(), Linear(8 * channels, 128, hasBias: false), BatchNorm1d(128));
        optimizer = optim.SGD(model.parameters(), options.Optimizer.LearningRate ?? 0.06, momentum: 0.9, weight_decay: 5e-4);
        views = rand(2 * options.BatchSize, 3, options.ImageSize, options.ImageSize);
    }

    public double Units => views.shape[0];

    public double Floor(MachinePeaks peaks)
    {
        using var bare = new BareStepBenchmark(((Conv2d)model[0]).out_channels / 64.0);
        return bare.Floor(peaks);
    }

    public void Run()
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        DenseLossBenchmark.Loss(model.call(views)).backward();
        optimizer.step();
    }

    public void Dispose()
    {
        model.Dispose();
        optimizer.Dispose();
        views.Dispose();
    }

    private static Conv2d Convolution(int inputs, int outputs, int stride) =>
        Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false);

    private static Sequential Stage(int inputs, int outputs, int stride) =>
        Sequential(new Block(inputs, outputs, stride), new Block(outputs, outputs, 1));

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> residual;
        private readonly Module<Tensor, Tensor>? shortcut;

        public Block(int inputs, int outputs, int stride) : base(nameof(Block))
        {
            residual = Sequential(Convolution(inputs, outputs, stride), BatchNorm2d(outputs),
                ReLU(inplace: true), Convolution(outputs, outputs, 1), BatchNorm2d(outputs));
            if (stride != 1) shortcut = Sequential(Conv2d(inputs, outputs, 1, stride: stride, bias: false), BatchNorm2d(outputs));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => residual.call(x).add_(shortcut is null ? x : shortcut.call(x)).relu_();
    }
}
