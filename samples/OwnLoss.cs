#:project ../src/SimClr/SimClr.csproj
#:property PublishAot=false

// A loss of one's own: supervised contrastive learning (Khosla et al. 2020), whose positives are all views of the same class.
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Loading;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Runtime;
using SimClr.Views;
using static TorchSharp.torch;

ProcessSettings.ForTraining();
LibTorch.Load();

var options = new PretrainOptions
{
    Epochs = 8,
    BatchSize = 64,
    Temperature = 0.5,
    Views = new ViewPolicy { MinScale = 0.3, GrayscaleProbability = 1 }, // the classes of these images differ in form alone
    Encoder = new ResNetOptions { Width = 0.25, Stem = Stem.SmallStride2 },
    Optimizer = new OptimizerOptions { LearningRate = 0.96, WarmupEpochs = 1 },
}.For(largestSide: 32);
var images = new BuiltInImages(DatasetPart.Train, count: 1920);
var loader = new ViewLoader(images, options.Views, options.Preprocessing, options.BatchSize, options.Seed);

using var model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
using var pretrainer = new Pretrainer(model, options, images.Count, loss: new SupervisedContrastive(images, options.Temperature));
foreach (var step in pretrainer.Steps(loader.Batches(0, pretrainer.TotalSteps)))
{
    if (step.Step % pretrainer.StepsPerEpoch == 0) Console.WriteLine($"epoch {step.Epoch + 1}: loss {step.Loss:f3}, contrastive top-1 {step.Top1:p1}");
}

model.eval();
Features Represent(IImageDataset data) => new FeatureExtractor(data).Encode(model.Encoder, options.Preprocessing, CPU);
using var train = Represent(images);
using var test = Represent(new BuiltInImages(DatasetPart.Test, count: 240));
using var knn = new KnnClassifier(train);
Console.WriteLine($"kNN top-1 {knn.Evaluate(test)[0].Accuracy.Top1:p1}, chance {1.0 / images.Classes.Count:p1}");

/// <summary>L_out, Eq. 2: of every view the mean, over all other views of its class, of −log softmax.</summary>
internal sealed class SupervisedContrastive(IImageDataset images, double temperature) : AutogradLoss
{
    public override string Name => "supervised-contrastive";

    protected override Tensor Value(Tensor z, IReadOnlyList<int> indices)
    {
        var u = nn.functional.normalize(z);                                                         // (2N, d)
        var labels = tensor(indices.Select(images.Label).ToArray(), device: z.device);    // (2N)
        var itself = eye(z.shape[0], dtype: ScalarType.Bool, device: z.device);
        var logs = nn.functional.log_softmax(u.mm(u.t()).div(temperature).masked_fill(itself, -1e9), 1);
        var positives = labels.unsqueeze(0).eq(labels.unsqueeze(1)).logical_and(itself.logical_not()).to(z.dtype);
        return -((logs * positives).sum(1) / positives.sum(1)).mean();
    }
}
