// An encoder that the library has never seen: pretrained in micro-batches, saved, loaded, and what its representation is worth.
//   dotnet run samples/OwnEncoder.cs runs/own-encoder
#:project ../src/SimClr/SimClr.csproj
#:property PublishAot=false
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Protocols;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Views;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

string folder = args.Length > 0 ? args[0] : "runs/own-encoder";
var images = new BuiltInImages(DatasetPart.Train, count: 960);

// The recipe keeps the name; whoever opens the run brings what makes the network.
var custom = new CustomEncoder("small-convolutions", seed => new SmallConvolutions());
var options = new PretrainOptions
{
    Epochs = 6,
    BatchSize = 64,
    MicroBatchSize = 32,
    Temperature = 0.2,
    Encoder = custom,
    Optimizer = new OptimizerOptions { LearningRate = 0.24, WarmupEpochs = 1 },
    Views = new ViewPolicy { MinScale = 0.3, GrayscaleProbability = 1 }, // the built-in classes differ in form, not in colour
};
var run = new RunFolder(folder).Exists
    ? PretrainRun.Resume(folder, images, new PretrainRunOptions { Encoder = custom })
    : PretrainRun.Start(folder, images, options);
foreach (var step in run.Steps())
{
    if (step.Step % 15 == 0) Console.WriteLine($"step {step.Step} of {run.TotalSteps}: loss {step.Loss:f3}");
}

using var encoder = TrainedEncoder.Load(folder, custom);
encoder.Save(Path.Combine(folder, "encoder.safetensors")); // under the module's own names
Console.WriteLine($"h has {encoder.Dimensions} values; {string.Join(", ", encoder.Model.Encoder.state_dict().Keys.Take(3))} …");
using var evaluation = new EncoderEvaluation(encoder, ImageSource.Of(images, new BuiltInImages(DatasetPart.Test, count: 240)));
foreach (var row in evaluation.Run().First().Rows) Console.WriteLine($"{row.Features} {row.Variant}: kNN top-1 {row.Accuracy.Top1:p1}");

// x (N, 3, S, S) → h (N, 128). BatchNorm is the library's: on several ranks it has the statistics of all.
internal sealed class SmallConvolutions : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> layers = Sequential(
        Conv2d(3, 32, 3, stride: 2, padding: 1, bias: false), new BatchNorm(32), ReLU(),
        Conv2d(32, 64, 3, stride: 2, padding: 1, bias: false), new BatchNorm(64), ReLU(), Dropout2d(0.1),
        Conv2d(64, 128, 3, stride: 2, padding: 1, bias: false), new BatchNorm(128), ReLU());

    private readonly TorchSharp.Modules.Parameter unused = Parameter(zeros(8)); // gets no gradient, and stays as it is

    public SmallConvolutions() : base(nameof(SmallConvolutions)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        using var maps = layers.call(x);
        return maps.mean([2, 3]);
    }
}
