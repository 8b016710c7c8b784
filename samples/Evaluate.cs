// What an encoder is worth, by the protocols of simclr evaluate and simclr finetune; the same figures to the last digit:
//   dotnet run samples/Evaluate.cs runs/sample my-labelled-photos
#:project ../src/SimClr/SimClr.csproj
#:property PublishAot=false
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.FineTuning;
using SimClr.Protocols;

string folder = args.Length > 0 ? args[0] : "runs/sample";
using var encoder = TrainedEncoder.Load(folder);

// Labelled images: a folder for each class. Without a test part a fifth of each class is held out. Or ImageSource.Of(train, test) of any data sets;
// WithTest takes test images from another source, and WithGroups a list of groups that stay whole (patients).
var images = await ImageSource.FindAsync(args.Length > 1 ? args[1] : "builtin");

// Classifiers on the frozen features, beside those on pixels and on the untrained encoder's. Choices are made on held-out training images; test images are scored once.
var request = new EvaluationRequest
{
    Protocols = [EvaluationProtocol.Knn, EvaluationProtocol.Linear, EvaluationProtocol.Augmented],
    Epochs = 4, // of the classifier that sees augmented images; the paper's are 90
};
using var evaluation = new EncoderEvaluation(encoder, images, request);
foreach (var report in evaluation.Run())
{
    foreach (var row in report.Rows) Console.WriteLine($"{report.Protocol} {row.Features} {row.Variant}: top-1 {row.Accuracy.Top1:p2}");
}

// Fine-tuning with 10 % of the labels, beside the same network from scratch.
var fineTuning = new FineTuneRun(encoder, images, new FineTuneRequest
{
    Labels = "10%",
    Options = new FineTuneOptions { Training = ClassifierTrainingOptions.V1 with { Epochs = 8, BatchSize = 64 } },
});
foreach (var row in fineTuning.Execute(Path.Combine(folder, "finetuned")).Report.Rows) Console.WriteLine($"{row.Features} {row.Variant}: top-1 {row.Accuracy.Top1:p2}");
