using System.CommandLine;
using System.Globalization;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Export;
using SimClr.Models;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr export</c>: writes the encoder in a format that other programs read.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var weights = SharedOptions.Weights();
        var output = new Option<string>("--output")
        {
            Description = $"File to write: {string.Join(", ", TrainedEncoder.Extensions)}.",
            HelpName = "FILE",
            Required = true,
        };
        output.EndingIn(TrainedEncoder.Extensions);
        var classifier = new Option<string?>("--classifier")
        {
            Description = "Add a linear classifier, trained on these labelled images (fc).",
            HelpName = "PATH|NAME",
        };
        var preprocess = new Option<bool>("--preprocess")
        { Description = "ONNX: put crop, resize and normalisation into the graph. It then takes uint8 images of any size." };
        var names = new Option<WeightNames?>("--names")
        {
            Description = "Whose names the tensors get. Default: torchvision's for ResNets and ConvNeXts, timm's for vision transformers.",
            HelpName = "torchvision|timm",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (Enum.TryParse<WeightNames>(text, ignoreCase: true, out var known) && Enum.IsDefined(known)) return known;
                result.AddError($"--names takes torchvision or timm, not '{text}'.");
                return null;
            },
        };
        var opset = NumberOption.Whole("--opset", $"ONNX: version of the operators, {OnnxEncoder.OldestOpset} or {OnnxEncoder.Opset}. " +
            $"--preprocess needs {OnnxEncoder.Opset}.", "N", least: OnnxEncoder.OldestOpset)
            .WithDefault(OnnxEncoder.Opset.ToString(CultureInfo.InvariantCulture));
        var mirror = SharedOptions.Mirror();
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var command = new Command("export", "Write an encoder as safetensors, PyTorch .pth or ONNX")
            { weights, output, classifier, preprocess, opset, names, mirror, threads, device };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terminal = parsed.Terminal();
            string file = parsed.GetValue(output)!;
            if (parsed.GetValue(preprocess) && TrainedEncoder.ExtensionOf(file) != TrainedEncoder.OnnxExtension)
                throw new ConfigurationException($"--preprocess is for {TrainedEncoder.OnnxExtension} files: " +
                    $"{file} can only hold weights.");
            if (parsed.GetValue(names) is not null && TrainedEncoder.ExtensionOf(file) == TrainedEncoder.OnnxExtension)
                throw new ConfigurationException($"--names is for files of weights: {file} is a graph.");
            if (parsed.GetValue(opset) is not null && TrainedEncoder.ExtensionOf(file) != TrainedEncoder.OnnxExtension)
                throw new ConfigurationException($"--opset is for {TrainedEncoder.OnnxExtension} files: {file} has no operators.");
            int version = parsed.GetValue(opset) ?? OnnxEncoder.Opset;
            RequireOpset(version, parsed.GetValue(preprocess));
            OutputCheck.RequireFile(file);
            OutputCheck.RequireOther(file, parsed.GetValue(weights)!, "the file of --weights");
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            var source = parsed.GetValue(classifier) is { } data
                ? await ImageSource.FindAsync(data, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, cancellationToken)
                : null;
            using var model = TrainedEncoder.Load(parsed.GetValue(weights)!, place, terminal, parsed.GetValue(SharedOptions.TrustScript));
            using var export = new EncoderExport(model, terminal);
            if (source is not null) export.FitClassifier(source, place);
            terminal.Result(export.Write(file, parsed.GetValue(preprocess), parsed.GetValue(names), version));
            return 0;
        });
        return command.WithExamples(
            ("For torchvision's resnet18().load_state_dict", "simclr export --weights runs/mine --output encoder.pth"),
            ("For torchvision's vit_b_16().load_state_dict", "simclr export --weights runs/vit --output vit.pth --names torchvision"),
            ("A classifier of unprepared images, for ONNX Runtime",
                "simclr export --weights runs/mine --output classifier.onnx --classifier my-labelled-photos --preprocess"));
    }

    private static void RequireOpset(int opset, bool preprocess)
    {
        if (opset is < OnnxEncoder.OldestOpset or > OnnxEncoder.Opset)
            throw new ConfigurationException($"--opset takes {OnnxEncoder.OldestOpset} or {OnnxEncoder.Opset}, not {opset}.");
        if (preprocess && opset != OnnxEncoder.Opset)
            throw new ConfigurationException($"--preprocess needs --opset {OnnxEncoder.Opset}: before it, Resize cannot antialias.");
    }
}
