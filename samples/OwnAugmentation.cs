#:project ../src/SimClr/SimClr.csproj
#:property PublishAot=false
// An augmentation of your own: cutout (DeVries and Taylor 2017, arXiv 1708.04552) hides a square of every view.
// `dotnet run samples/OwnAugmentation.cs` makes the views on threads of the CPU; with `tensors` after it, by tensor operations as on a GPU.
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Randomness;
using SimClr.Rendering;
using SimClr.Runtime;
using SimClr.Views;
using TorchSharp;

ProcessSettings.ForTraining();
LibTorch.Load();
var options = new PretrainOptions
{
    Epochs = 6,
    BatchSize = 64,
    Temperature = 0.2,
    Encoder = new EncoderOptions { Arch = ResNetDepth.Resnet18, Width = 0.25, Stem = Stem.SmallStride2 },
    Optimizer = new OptimizerOptions { Kind = OptimizerKind.Sgd, LearningRate = 0.24, WarmupEpochs = 1 },
    Views = new ViewPolicy { MinScale = 0.3, ColorStrength = 1, GrayscaleProbability = 1 }, // the classes differ by form, not by colour
}.For(largestSide: 32);
var images = new BuiltInImages(DatasetPart.Train, count: 960);
var loader = new ViewLoader(images, options.Views, options.Preprocessing, options.BatchSize, options.Seed)
{
    Augmentations = [new Cutout(8)],
    RenderOn = args is ["tensors"] ? torch.CPU : null,
};
using var model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
using var pretrainer = new Pretrainer(model, options, images.Count);
foreach (var step in pretrainer.Steps(loader.Batches(0, pretrainer.TotalSteps)))
    if (step.Step % pretrainer.StepsPerEpoch == 0) Console.WriteLine($"epoch {step.Epoch + 1}: loss {step.Loss:f3}");

model.eval(); // what a minute teaches is little: `simclr demo` trains for 30 epochs
using var train = new FeatureExtractor(images).Encode(model.Encoder, options.Preprocessing, torch.CPU);
using var test = new FeatureExtractor(new BuiltInImages(DatasetPart.Test, count: 240)).Encode(model.Encoder, options.Preprocessing, torch.CPU);
using var knn = new KnnClassifier(train);
Console.WriteLine($"kNN top-1 {knn.Evaluate(test)[0].Accuracy.Top1:p1}, chance {1.0 / images.Classes.Count:p1}");

/// <summary>Hides a square that lies anywhere, in part outside too: 0.5, the middle gray (the paper: 0 after normalisation).</summary>
/// <param name="length">The square's side in pixels.</param>
internal sealed class Cutout(int length) : ITensorAugmentation
{
    public string Name => $"cutout {length}";

    public int Numbers => 2; // the square's middle, as shares of the view's height and width

    public void Draw(CounterRandom random, Span<float> numbers) => (numbers[0], numbers[1]) = ((float)random.NextDouble(), (float)random.NextDouble());

    public void Apply(Span<float> planes, int channels, int side, ReadOnlySpan<float> numbers)
    {
        int top = (int)(numbers[0] * side) - length / 2, left = (int)(numbers[1] * side) - length / 2;
        int from = Math.Max(left, 0), to = Math.Min(left + length, side);
        for (int row = 0; row < channels * side; row++)
            if (row % side >= top && row % side < top + length) planes[(row * side + from)..(row * side + to)].Fill(0.5f);
    }

    public torch.Tensor Apply(torch.Tensor views, torch.Tensor numbers)
    {
        long side = views.shape[3];
        var first = (numbers * side).floor() - length / 2; // (N, 2)
        var distance = torch.arange(side, device: views.device) - first.unsqueeze(2); // (N, 2, S)
        var inside = distance.ge(0).logical_and(distance.lt(length));
        var rows = inside.narrow(1, 0, 1).unsqueeze(3); // (N, 1, S, 1)
        var columns = inside.narrow(1, 1, 1).unsqueeze(2); // (N, 1, 1, S)
        return views.masked_fill(rows.logical_and(columns), 0.5);
    }
}
