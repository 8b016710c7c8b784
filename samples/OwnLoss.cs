// A loss of your own: supervised contrastive learning (Khosla et al. 2020, arXiv 2004.11362), whose positives are all views of the same class.
//   dotnet run samples/OwnLoss.cs runs/own-loss
#:project ../src/SimClr/SimClr.csproj
#:property PublishAot=false
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Runs;
using SimClr.Views;
using static TorchSharp.torch;

string folder = args.Length > 0 ? args[0] : "runs/own-loss";
var images = new BuiltInImages(DatasetPart.Train, count: 1920);
var options = new PretrainOptions
{
    Epochs = 8,
    BatchSize = 64,
    Encoder = new ResNetOptions { Width = 0.25, Stem = Stem.SmallStride2 },
    Optimizer = new OptimizerOptions { LearningRate = 0.96, WarmupEpochs = 1 },
    Views = new ViewPolicy { MinScale = 0.3, GrayscaleProbability = 1 }, // the built-in classes differ in form, not in colour
};
// The run remembers the loss's name; PretrainRun.Resume takes the same { Loss = … }.
var run = PretrainRun.Start(folder, images, options, new PretrainRunOptions { Loss = new SupervisedContrastive(images, temperature: 0.5) });
foreach (var step in run.Steps())
{
    if (step.Step % 30 == 0) Console.WriteLine($"step {step.Step}: loss {step.Loss:f3}, contrastive top-1 {step.Top1:p1}");
}

using var encoder = TrainedEncoder.Load(folder);
using var train = encoder.Embed(images);
using var test = encoder.Embed(new BuiltInImages(DatasetPart.Test, count: 240));
using var knn = new KnnClassifier(train);
Console.WriteLine($"kNN top-1 {knn.Evaluate(test)[0].Accuracy.Top1:p1}, chance {1.0 / images.Classes.Count:p1}");

/// <summary>L_out, Eq. 2: of every view the mean, over all other views of its class, of −log softmax.</summary>
internal sealed class SupervisedContrastive(IImageDataset images, double temperature) : AutogradLoss
{
    public override string Name => "supervised-contrastive";

    protected override Tensor Value(Tensor z, IReadOnlyList<int> indices)
    {
        var u = nn.functional.normalize(z);                                                         // (2N, d)
        var labels = tensor(indices.Select(images.Label).ToArray(), device: z.device);              // (2N)
        var itself = eye(z.shape[0], dtype: ScalarType.Bool, device: z.device);
        var logs = nn.functional.log_softmax(u.mm(u.t()).div(temperature).masked_fill(itself, -1e9), 1);
        var positives = labels.unsqueeze(0).eq(labels.unsqueeze(1)).logical_and(itself.logical_not()).to(z.dtype);
        return -((logs * positives).sum(1) / positives.sum(1)).mean();
    }
}
