// Pretrain an encoder. If the program is stopped or killed, start it again: it resumes and ends with the same bytes.
//   dotnet run samples/Pretrain.cs runs/mine
#:project ../src/SimClr/SimClr.csproj
#:property PublishAot=false
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Runtime;
using SimClr.Views;

ProcessSettings.ForTraining(); // faster steps; changes settings of the whole process
string folder = args.Length > 0 ? args[0] : "runs/sample";

var images = new BuiltInImages(DatasetPart.Train, count: 1920); // or ImageDatasets.Open("my-photos", DatasetPart.Pretraining)
var options = new PretrainOptions
{
    Epochs = args.Length > 1 ? int.Parse(args[1]) : 4,
    BatchSize = 64,
    Temperature = 0.2,
    Encoder = new ResNetOptions { Arch = ResNetDepth.Resnet18, Width = 0.25, Stem = Stem.SmallStride2 },
    Optimizer = new OptimizerOptions { LearningRate = 0.24, WarmupEpochs = 1 },
    Views = new ViewPolicy { MinScale = 0.3, GrayscaleProbability = 1 }, // the built-in classes differ in form, not in colour
};

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) => { key.Cancel = true; stop.Cancel(); }; // the current step is finished and saved

var run = new RunFolder(folder).Exists ? PretrainRun.Resume(folder, images) : PretrainRun.Start(folder, images, options);
foreach (var step in run.Steps(stop.Token)) // each step is logged in metrics.jsonl; each epoch ends with a checkpoint
{
    if (step.Step % 30 == 0) Console.WriteLine($"step {step.Step} of {run.TotalSteps}: loss {step.Loss:f3}, top-1 {step.Top1:p1}");
}

// The projection head is needed for training only. The representation h is the output of the encoder.
using var encoder = TrainedEncoder.Load(folder);
using var train = encoder.Embed(images);
using var test = encoder.Embed(new BuiltInImages(DatasetPart.Test, count: 240));
using var knn = new KnnClassifier(train);
double accuracy = knn.Evaluate(test)[0].Accuracy.Top1;
Console.WriteLine($"h: {train.Count} × {train.Dimensions}; kNN top-1 {accuracy:p1}, chance {1.0 / images.Classes.Count:p1}");
