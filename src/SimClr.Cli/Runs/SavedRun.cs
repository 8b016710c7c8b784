using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using SimClr.Cli.Configuration;
using SimClr.Interchange;
using SimClr.Models;
using SimClr.Training;
using static TorchSharp.torch;

namespace SimClr.Cli.Runs;

/// <summary>What of a run goes into a checkpoint, and back.</summary>
internal static class SavedRun
{
    /// <summary>The key of the run's options, as YAML, in a checkpoint's state and in the header of its weights.</summary>
    public const string RecipeKey = "recipe";

    private const string ModelPrefix = "model.", OptimizerPrefix = "optimizer.";

    /// <summary>Saves weights, optimiser and position. Views and order need no state: they are functions of seed, epoch and image.</summary>
    /// <exception cref="InvalidDataException">A value is not finite; the checkpoints before stay.</exception>
    public static void Save(CheckpointStore store, Pretrainer pretrainer)
    {
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, tensor) in pretrainer.Model.state_dict()) tensors[ModelPrefix + name] = tensor;
        foreach (var (name, tensor) in pretrainer.OptimizerState) tensors[OptimizerPrefix + name] = tensor;
        store.Save(new Checkpoint(pretrainer.Step, tensors, new JsonObject { [RecipeKey] = OptionsText.ToYaml(pretrainer.Options) }));
    }

    /// <summary>Puts a checkpoint back.</summary>
    /// <exception cref="ArgumentException">Its names or shapes are not those of this run's model.</exception>
    public static void Restore(Checkpoint checkpoint, Pretrainer pretrainer)
    {
        ModelState.Load(pretrainer.Model, ModelOf(checkpoint));
        pretrainer.Restore(checkpoint.Step, ModelState.Under(checkpoint.Tensors, OptimizerPrefix));
    }

    /// <summary>The options that a file of weights carries.</summary>
    /// <param name="recipe">What its header has under <see cref="RecipeKey"/>.</param>
    /// <param name="file">What errors call it.</param>
    /// <exception cref="InvalidDataException">They are none of a run.</exception>
    public static PretrainOptions OptionsIn(string recipe, string file)
    {
        try
        {
            return OptionsBinder.Bind<PretrainOptions>(Recipe.Parse(recipe, $"{file}, recipe"), []);
        }
        catch (ConfigurationException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    /// <summary>Refuses weights whose recipe is of another network, before one of that size is built.</summary>
    /// <param name="options">Of the recipe.</param>
    /// <param name="found">The encoder that is there.</param>
    /// <param name="head">The projection head's tensors that are there; empty for none.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="InvalidDataException">They do not fit.</exception>
    public static void Require(PretrainOptions options, EncoderWeights found, IReadOnlyDictionary<string, Tensor> head, string source)
    {
        static string Of(EncoderOptions e) => string.Create(CultureInfo.InvariantCulture, $"{e.Arch} × {e.Width}, {e.Channels} channels{(e.SelectiveKernels ? ", selective kernels" : "")}");
        if (Of(options.Encoder) != Of(found.Options)) throw new InvalidDataException($"{source}: its recipe is of a {Of(options.Encoder)}, and its weights are of a {Of(found.Options)}.");
        if (head.Count == 0) return;
        int[] sides = options.Head.Layers > 1 ? [options.Head.HiddenDim, options.Head.OutputDim] : [options.Head.OutputDim];
        if (sides.FirstOrDefault(side => side > 0 && !head.Values.Any(t => t.shape.Contains(side))) is > 0 and var absent)
            throw new InvalidDataException($"{source}: its recipe has a projection head with a layer of {absent}, and its weights have none.");
    }

    /// <summary>The model's part of a checkpoint, by state-dict name.</summary>
    public static IReadOnlyDictionary<string, Tensor> ModelOf(Checkpoint checkpoint) => ModelState.Under(checkpoint.Tensors, ModelPrefix);
}
