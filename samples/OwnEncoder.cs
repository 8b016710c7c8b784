#:project ../src/SimClr/SimClr.csproj
#:property PublishAot=false
// An encoder that the library has never seen: pretrained in micro-batches, loaded, saved, and what its representation is worth.
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
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

LibTorch.Load();

// A recipe keeps the name; whoever opens the run brings what makes the network.
var encoder = new CustomEncoder("small-convolutions", seed => new SmallConvolutions());
var options = new PretrainOptions
{
    Epochs = 12,
    BatchSize = 64,
    MicroBatchSize = 32,
    Temperature = 0.2,
    Encoder = encoder,
    Optimizer = new OptimizerOptions { LearningRate = 0.24, WarmupEpochs = 1 },
    Views = new ViewPolicy { MinScale = 0.3, GrayscaleProbability = 1 }, // the built-in classes differ in form, not in colour
};
var run = new RunFolder(Directory.CreateTempSubdirectory("own-encoder-").FullName);
await PretrainRun.Start(run, new RunSettings { Data = "builtin", Limit = 960 }, options).ExecuteAsync(); // Resume takes { Encoder = encoder }

using var trained = TrainedEncoder.Load(run.Path, encoder);
trained.Save(run.In("encoder.pth")); // under the module's own names
Console.WriteLine($"{trained.Source}: h has {trained.Model.FeatureDim} numbers; {string.Join(", ", trained.Model.Encoder.state_dict().Keys.Take(3))} …");
foreach (var (name, network) in new[] { ("trained", trained.Model.Encoder), ("untrained", trained.Untrained) })
{
    using var train = new FeatureExtractor(new BuiltInImages(DatasetPart.Train, count: 960)).Encode(network, trained.Options.Preprocessing, CPU);
    using var test = new FeatureExtractor(new BuiltInImages(DatasetPart.Test, count: 240)).Encode(network, trained.Options.Preprocessing, CPU);
    using var knn = new KnnClassifier(train);
    Console.WriteLine($"{name}: kNN top-1 {knn.Evaluate(test)[0].Accuracy.Top1:p1}");
}

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
