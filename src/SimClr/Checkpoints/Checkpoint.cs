using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace SimClr.Checkpoints;

/// <summary>Everything that a run needs to resume at a step as if it had never stopped.</summary>
/// <param name="Step">The number of steps done; at least 0.</param>
/// <param name="Tensors">
/// The tensors by name; borrowed: a checkpoint never disposes them. Those with the prefix <c>model.</c> are the model's state dict. They go
/// into a file that other programs read, without the prefix (<c>model.encoder.conv1.weight</c> becomes <c>encoder.conv1.weight</c>). The
/// others belong to the optimizer.
/// </param>
/// <param name="State">
/// Everything except tensors. Its texts are also in the header of the model's file, which then describes itself.
/// </param>
public sealed record Checkpoint(long Step, IReadOnlyDictionary<string, Tensor> Tensors, JsonObject State);
