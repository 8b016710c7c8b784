// Images → two views → encoder and head → NT-Xent → a step; then the representation of an image, and what it is worth.
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Runtime;
using TorchSharp;

ProcessSettings.ForTraining(); // the process is this program's own: quicker steps
LibTorch.Load();

var options = new PretrainOptions
{
    Epochs = args.Length > 0 ? int.Parse(args[0]) : 4,
    BatchSize = 64,
    Temperature = 0.2,
    Encoder = new ResNetOptions { Arch = ResNetDepth.Resnet18, Width = 0.25, Stem = Stem.SmallStride2 },
    Optimizer = new OptimizerOptions { Kind = OptimizerKind.Adamw, LearningRate = 0.004 },
}.For(largestSide: 32);

var images = new BuiltInImages(DatasetPart.Train, count: 960); // or ImageDatasets.Open("my-photos", DatasetPart.Pretraining)
var loader = new ViewLoader(images, options.Views, options.Preprocessing, options.BatchSize, options.Seed);

using var model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
using var pretrainer = new Pretrainer(model, options, images.Count);
while (pretrainer.Step < pretrainer.TotalSteps)
{
    foreach (var step in pretrainer.Steps(loader.Epoch(pretrainer.Epoch)))
    {
        if (step.Step % pretrainer.StepsPerEpoch == 0)
            Console.WriteLine($"epoch {step.Epoch + 1}: loss {step.Loss:f3}, contrastive top-1 {step.Top1:p1}");
    }
}

// From here on the projection head has done its work: the representation is the encoder's output.
model.eval();
Features Represent(IImageDataset data) => new FeatureExtractor(data).Encode(model.Encoder, options.Preprocessing, torch.CPU);
using var train = Represent(images);
using var test = Represent(new BuiltInImages(DatasetPart.Test, count: 240));
using var knn = new KnnClassifier(train);
Console.WriteLine($"h: {train.Count} × {train.Dimensions}; kNN top-1 {knn.Evaluate(test)[0].Accuracy.Top1:p1}, chance {1.0 / images.Classes.Count:p1}");
