using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;
using static TorchSharp.torch;

namespace SimClr.RunFolders;

/// <summary>Saves the state of a run to a checkpoint, and restores it.</summary>
public static class RunCheckpoint
{
    /// <summary>The key of the run's options (YAML), in a checkpoint and in the header of weights.</summary>
    public const string RecipeKey = "recipe";

    private const string ModelPrefix = "model.", OptimizerPrefix = "optimizer.";

    /// <summary>
    /// Saves weights, optimiser and position. Views and order need no state: they are functions of the seed, the epoch and the image.
    /// </summary>
    /// <param name="store">The checkpoints of the run.</param>
    /// <param name="pretrainer">Borrowed.</param>
    /// <exception cref="InvalidDataException">A value is not finite. Earlier checkpoints stay.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed. Nothing is written.</exception>
    public static void Save(CheckpointStore store, Pretrainer pretrainer)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(pretrainer);
        var tensors = new Dictionary<string, Tensor>();
        var model = pretrainer.Model.state_dict();
        ObjectDisposedException.ThrowIf(model.Count == 0, pretrainer.Model); // TorchSharp's modules are empty then
        foreach (var (name, tensor) in model) tensors[ModelPrefix + name] = tensor;
        foreach (var (name, tensor) in pretrainer.OptimizerState) tensors[OptimizerPrefix + name] = tensor;
        store.Save(new Checkpoint(pretrainer.Step, tensors, new JsonObject { [RecipeKey] = OptionsText.ToYaml(pretrainer.Options) }));
    }

    /// <summary>Restores a checkpoint.</summary>
    /// <param name="checkpoint">Borrowed; its tensors are copied.</param>
    /// <param name="pretrainer">Gets weights, optimiser and position.</param>
    /// <exception cref="InvalidDataException">
    /// The recipe, names or shapes are those of another network; the step is beyond the end of the run; or the recipe is not a run's.
    /// </exception>
    public static void Restore(Checkpoint checkpoint, Pretrainer pretrainer)
    {
        if (checkpoint.Step > pretrainer.TotalSteps)
            throw new InvalidDataException($"The checkpoint is of step {checkpoint.Step}, but the run has {pretrainer.TotalSteps} steps: " +
                $"its recipe or its images were changed.");
        var ours = pretrainer.Options;
        if (checkpoint.State.ContainsKey(RecipeKey)
            && OptionsOf(checkpoint, $"The checkpoint of step {checkpoint.Step}").Encoder.For(ours.ImageSize) != ours.Encoder)
            throw new InvalidDataException($"The checkpoint of step {checkpoint.Step} has another encoder than this run: " +
                $"see encoder.* in its recipe.");
        ModelState.Load(pretrainer.Model, ModelOf(checkpoint));
        pretrainer.Restore(checkpoint.Step, ModelState.Under(checkpoint.Tensors, OptimizerPrefix));
    }

    /// <summary>The options of a checkpoint's run.</summary>
    /// <param name="checkpoint">Borrowed.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <exception cref="InvalidDataException">The checkpoint has no options, or they are not those of a run.</exception>
    public static PretrainOptions OptionsOf(Checkpoint checkpoint, string source) =>
        checkpoint.State[RecipeKey] is JsonValue value && value.TryGetValue(out string? recipe)
            ? ReadOptions(recipe, source)
            : throw new InvalidDataException($"{source} does not say how it was trained: " +
                $"its state.json has no {RecipeKey}. Name its model.safetensors instead; missing values are then guessed.");

    /// <summary>Parses the options that weights carry as a recipe.</summary>
    /// <param name="recipe">YAML.</param>
    /// <param name="source">The name of the file in error messages.</param>
    /// <exception cref="InvalidDataException">They are not the options of a run.</exception>
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

    /// <summary>The state of the model in a checkpoint, by state-dict name.</summary>
    /// <param name="checkpoint">Borrowed.</param>
    public static IReadOnlyDictionary<string, Tensor> ModelOf(Checkpoint checkpoint) => ModelState.Under(checkpoint.Tensors, ModelPrefix);
}
