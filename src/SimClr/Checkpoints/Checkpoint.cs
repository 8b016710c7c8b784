using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace SimClr.Checkpoints;

/// <summary>All that a run needs to go on from a step as if it had never stopped.</summary>
/// <param name="Step">How many steps are done; at least 0.</param>
/// <param name="Tensors">
/// By name. Those that begin with <c>model.</c> are the model's state dict and go into a file that other programs read
/// (<c>model.encoder.conv1.weight</c> is <c>encoder.conv1.weight</c> there); the others are the optimizer's. Borrowed:
/// a checkpoint never disposes them.
/// </param>
/// <param name="State">Everything that is no tensor. Its texts also stand in the header of the model's file, which so tells what it is.</param>
public sealed record Checkpoint(long Step, IReadOnlyDictionary<string, Tensor> Tensors, JsonObject State);
