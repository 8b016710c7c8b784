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
    private const string RecipeKey = "recipe", ModelPrefix = "model.", OptimizerPrefix = "optimizer.";

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
    /// <exception cref="InvalidDataException">Its names or shapes are not those of this run's model, or it is of a step beyond the run's end.</exception>
    public static void Restore(Checkpoint checkpoint, Pretrainer pretrainer)
    {
        if (checkpoint.Step > pretrainer.TotalSteps)
            throw new InvalidDataException($"It is of step {checkpoint.Step}, and the run has {pretrainer.TotalSteps}: its recipe or its images were changed.");
        ModelState.Load(pretrainer.Model, ModelOf(checkpoint));
        pretrainer.Restore(checkpoint.Step, ModelState.Under(checkpoint.Tensors, OptimizerPrefix));
    }

    /// <summary>The model's part of a checkpoint, by state-dict name.</summary>
    public static IReadOnlyDictionary<string, Tensor> ModelOf(Checkpoint checkpoint) => ModelState.Under(checkpoint.Tensors, ModelPrefix);
}
