using SimClr.Cli.Configuration;
using SimClr.Cli.Output;
using SimClr.Interchange;
using SimClr.Models;
using SimClr.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Cli.Runs;

/// <summary>A pretrained network and the options that it was pretrained with.</summary>
internal sealed class TrainedModel : IDisposable
{
    private TrainedModel(string source, PretrainOptions options, IReadOnlyDictionary<string, Tensor> weights, Device device)
    {
        (Source, Options) = (source, options);
        Model = Build(options);
        ModelState.Load(Model, weights);
        Model.to(device);
        Model.eval();
        Untrained = Build(options).Encoder;
        Untrained.to(device);
        Untrained.eval();
    }

    /// <summary>The file that the weights came from.</summary>
    public string Source { get; }

    public PretrainOptions Options { get; }

    /// <summary>In eval mode.</summary>
    public SimClrModel Model { get; }

    /// <summary>The encoder as it was before its first step, in eval mode.</summary>
    public ResNet Untrained { get; }

    /// <summary>Reads the newest whole checkpoint of a run folder, or a checkpoint's <c>model.safetensors</c>.</summary>
    /// <exception cref="InvalidDataException">There are no weights, they are damaged, or they do not say what they are of.</exception>
    public static TrainedModel Load(string path, Device device, Terminal terminal)
    {
        using var scope = NewDisposeScope();
        if (Directory.Exists(path))
        {
            var folder = new RunFolder(path);
            if (!folder.Exists) throw new InvalidDataException($"{path} is no run folder: it has no recipe.yaml and run.json.");
            var checkpoint = folder.Checkpoints().LoadNewest(terminal.Warnings)
                ?? throw new InvalidDataException($"The run in {path} has no checkpoint yet.");
            return new TrainedModel($"{path}, step {checkpoint.Step}", folder.ReadOptions(), SavedRun.ModelOf(checkpoint), device);
        }
        if (!File.Exists(path)) throw new FileNotFoundException($"{path} does not exist; --weights takes a run folder or a model.safetensors.");
        string recipe = Safetensors.ReadHeader(path).Metadata.GetValueOrDefault(SavedRun.RecipeKey)
            ?? throw new InvalidDataException($"{path} does not say what network its weights are of: its header has no {SavedRun.RecipeKey}.");
        var options = OptionsBinder.Bind<PretrainOptions>(Recipe.Parse(recipe, path), []);
        return new TrainedModel(path, options, Safetensors.Read(path), device);
    }

    private static SimClrModel Build(PretrainOptions options) => new(options.Encoder, options.Head, options.ImageSize, options.Seed);

    public void Dispose()
    {
        Model.Dispose();
        Untrained.Dispose();
    }
}
