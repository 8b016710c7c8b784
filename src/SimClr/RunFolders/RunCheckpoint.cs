using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;
using static TorchSharp.torch;

namespace SimClr.RunFolders;

/// <summary>What of a run goes into a checkpoint, and back.</summary>
public static class RunCheckpoint
{
    /// <summary>The key of the run's options, as YAML, in a checkpoint and in the header of weights.</summary>
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
    /// <exception cref="InvalidDataException">Its network is not this run's, as its recipe, names or shapes say; it is of a step beyond the run's end; or its recipe is none of a run.</exception>
    public static void Restore(Checkpoint checkpoint, Pretrainer pretrainer)
    {
        if (checkpoint.Step > pretrainer.TotalSteps)
            throw new InvalidDataException($"The checkpoint is of step {checkpoint.Step}, but the run has {pretrainer.TotalSteps} steps: its recipe or its images were changed.");
        var ours = pretrainer.Options;
        if (checkpoint.State.ContainsKey(RecipeKey) && OptionsOf(checkpoint, $"The checkpoint of step {checkpoint.Step}").Encoder.For(ours.ImageSize) != ours.Encoder)
            throw new InvalidDataException($"The checkpoint of step {checkpoint.Step} has another encoder than this run: see encoder.* in its recipe.");
        ModelState.Load(pretrainer.Model, ModelOf(checkpoint));
        pretrainer.Restore(checkpoint.Step, ModelState.Under(checkpoint.Tensors, OptimizerPrefix));
    }

    /// <summary>The options of the run that a checkpoint is of.</summary>
    /// <param name="checkpoint">Borrowed.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="InvalidDataException">It has none, or they are none of a run.</exception>
    public static PretrainOptions OptionsOf(Checkpoint checkpoint, string source) =>
        checkpoint.State[RecipeKey] is JsonValue value && value.TryGetValue(out string? recipe)
            ? ReadOptions(recipe, source)
            : throw new InvalidDataException($"{source} does not say how it was trained: its state.json has no {RecipeKey}. Name its model.safetensors instead; missing values are then guessed.");

    /// <summary>The options that weights carry as a recipe.</summary>
    /// <param name="recipe">YAML.</param>
    /// <param name="source">What errors call the file.</param>
    /// <exception cref="InvalidDataException">They are none of a run.</exception>
    public static PretrainOptions ReadOptions(string recipe, string source)
    {
        try
        {
            return OptionsBinder.Bind<PretrainOptions>(RecipeVersion.WithoutRemoved(Recipe.Parse(recipe, $"{source}, recipe")), []);
        }
        catch (ConfigurationException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    /// <summary>The model's part of a checkpoint, by state-dict name.</summary>
    public static IReadOnlyDictionary<string, Tensor> ModelOf(Checkpoint checkpoint) => ModelState.Under(checkpoint.Tensors, ModelPrefix);
}
