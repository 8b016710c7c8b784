// Embeddings as feature columns of ML.NET: a table with a header row (file, label, class, damaged, f0 … fD-1; a row for each image,
// as simclr embed --output h.csv writes it) → a classifier of its classes, judged on a fifth of the rows that it was not trained on:
//   dotnet run samples/MlNetFeatures.cs h.csv
#:package Microsoft.ML
#:property PublishAot=false
#:property UsesLibTorch=false
using Microsoft.ML;
using Microsoft.ML.Data;

if (args.Length != 1 || !File.Exists(args[0]))
{
    Console.Error.WriteLine($"The argument must be a CSV file of embeddings; it is {(args.Length == 0 ? "missing" : args[0])}.");
    return 2;
}
string[] header = [.. (File.ReadLines(args[0]).FirstOrDefault() ?? "").Split(',')];
int first = Array.IndexOf(header, "f0"), name = Array.IndexOf(header, "class"), damaged = Array.IndexOf(header, "damaged");
if (first < 0 || name < 0 || damaged < 0)
{
    Console.Error.WriteLine($"{args[0]} must have the columns class, damaged and f0, f1, …; its first line is {string.Join(',', header)}.");
    return 1;
}

var ml = new MLContext(seed: 0);
var table = ml.Data.LoadFromTextFile(args[0], new TextLoader.Options
{
    HasHeader = true,
    Separators = [','],
    AllowQuoting = true,
    Columns =
    [
        new TextLoader.Column("Class", DataKind.String, name),
        new TextLoader.Column("Damaged", DataKind.Boolean, damaged),
        new TextLoader.Column("Features", DataKind.Single, first, header.Length - 1),
    ],
});
var usable = ml.Data.FilterByCustomPredicate<Row>(table, row => row.Damaged || string.IsNullOrEmpty(row.Class)); // true: left out
var split = ml.Data.TrainTestSplit(usable, testFraction: 0.2);

var classifier = ml.Transforms.Conversion.MapValueToKey("Label", "Class")
    .Append(ml.Transforms.NormalizeMeanVariance("Features"))
    .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
    .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedClass", "PredictedLabel"));
var model = classifier.Fit(split.TrainSet);

var scores = ml.MulticlassClassification.Evaluate(model.Transform(split.TestSet));
Console.WriteLine($"{header.Length - first} features, {scores.ConfusionMatrix.NumberOfClasses} classes: accuracy {scores.MicroAccuracy:p1}, " +
    $"mean over the classes {scores.MacroAccuracy:p1}, log loss {scores.LogLoss:f3}");
return 0;

internal sealed class Row
{
    public string? Class { get; set; }

    public bool Damaged { get; set; }
}
