using System.Globalization;
using System.Text.Json;
using SimClr.Cli.Configuration;
using SimClr.Cli.Output;
using SimClr.Evaluation;
using SimClr.Interchange;
using static TorchSharp.torch;

namespace SimClr.Cli.Runs;

/// <summary>An encoder, with a classifier or without, on its way into a file of another program.</summary>
internal sealed class EncoderExport(TrainedModel model, Terminal terminal) : IDisposable
{
    public const string Onnx = ".onnx";

    private const string SafetensorsFile = ".safetensors";

    private LinearClassifier? fitted;
    private IReadOnlyList<string> classes = model.Classes;

    /// <summary>What can be written, by the file's extension.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [SafetensorsFile, ".pth", ".pt", Onnx];

    /// <summary>Fits softmax regression to the encoder's features of labelled images (<see cref="LinearProbe"/>), and says what it is worth.</summary>
    public void FitClassifier(ImageSource source, Device device)
    {
        var (trainImages, testImages, cut) = source.ForEvaluation();
        if (cut) terminal.Note($"{trainImages.Name} has no test part: a fifth of every class, {testImages.Count} images, is held out as one.");
        var (policy, size) = (model.Options.Views, model.Options.ImageSize);
        using var train = new FeatureExtractor(trainImages).Encode(model.Model.Encoder, policy, size, device);
        using var test = new FeatureExtractor(testImages).Encode(model.Model.Encoder, policy, size, device);
        (var result, fitted) = LinearProbe.Fit(train, test);
        classes = trainImages.Classes;
        terminal.Note(string.Create(CultureInfo.InvariantCulture, $"linear classifier of {classes.Count} classes: top-1 {result.Accuracy.Top1:p2} on {testImages.Count} test images"));
    }

    /// <summary>Writes the file: aside and renamed, so that none is ever half there.</summary>
    public void Write(string file, bool preprocess)
    {
        string extension = Path.GetExtension(file), aside = $"{file}.tmp{extension}";
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder) Directory.CreateDirectory(folder);
        using (var scope = NewDisposeScope())
        {
            var (weight, bias) = (fitted?.Weight ?? model.Classifier?.weight, fitted?.Bias ?? model.Classifier?.bias);
            var metadata = new Dictionary<string, string> { [SavedRun.RecipeKey] = OptionsText.ToYaml(model.Options) };
            if (weight is not null && classes.Count > 0) metadata[TrainedModel.ClassesKey] = JsonSerializer.Serialize(classes);
            if (extension == Onnx)
            {
                throw new NotSupportedException($"{preprocess}");
            }
            var state = model.Model.Encoder.state_dict();
            if (weight is not null)
            {
                state["fc.weight"] = weight.to(ScalarType.Float32);
                state["fc.bias"] = bias!.to(ScalarType.Float32);
            }
            if (extension == SafetensorsFile) Safetensors.Write(aside, state, metadata);
            else PyTorchFile.Write(aside, state, metadata);
        }
        File.Move(aside, file, overwrite: true);
        terminal.Result($"{file}: {model.Options.Encoder.Arch}, h of {model.Model.Encoder.FeatureDim}{(classes.Count > 0 ? $", {classes.Count} classes" : "")}, {new FileInfo(file).Length / 1e6:f1} MB");
    }

    public void Dispose() => fitted?.Dispose();
}
