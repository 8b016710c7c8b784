// An augmentation of your own: cutout (DeVries and Taylor 2017, arXiv 1708.04552) hides a square of every view.
//   dotnet run samples/OwnAugmentation.cs runs/cutout          views made by threads of the CPU
//   dotnet run samples/OwnAugmentation.cs runs/cutout tensors  views made by tensor operations, as on a GPU
#:project ../src/SimClr/SimClr.csproj
#:property PublishAot=false
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Randomness;
using SimClr.Rendering;
using SimClr.Runs;
using SimClr.Views;
using TorchSharp;

string folder = args.Length > 0 ? args[0] : "runs/cutout";
var images = new BuiltInImages(DatasetPart.Train, count: 960);
var options = new PretrainOptions
{
    Epochs = 6,
    BatchSize = 64,
    Temperature = 0.2,
    Encoder = new ResNetOptions { Width = 0.25, Stem = Stem.SmallStride2 },
    Optimizer = new OptimizerOptions { LearningRate = 0.24, WarmupEpochs = 1 },
    Views = new ViewPolicy { MinScale = 0.3, GrayscaleProbability = 1 }, // the built-in classes differ in form, not in colour
};
// The run remembers the names; PretrainRun.Resume takes the same { Augmentations = … }.
var how = new PretrainRunOptions { Augmentations = [new Cutout(8)], RenderOn = args.Length > 1 ? RenderDevice.Gpu : RenderDevice.Cpu };
foreach (var step in PretrainRun.Start(folder, images, options, how).Steps())
{
    if (step.Step % 15 == 0) Console.WriteLine($"step {step.Step}: loss {step.Loss:f3}, contrastive top-1 {step.Top1:p1}");
}

using var encoder = TrainedEncoder.Load(folder);
using var train = encoder.Embed(images);
using var test = encoder.Embed(new BuiltInImages(DatasetPart.Test, count: 240));
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
