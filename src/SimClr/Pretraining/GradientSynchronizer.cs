using SimClr.Distributed;
using SimClr.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Pretraining;

/// <summary>
/// Keeps the copies of a model on W ranks equal: the same weights, common batch statistics, summed gradients. With one rank it does
/// nothing.
/// </summary>
internal sealed class GradientSynchronizer : IDisposable
{
    private const string RunningMean = "running_mean";

    private readonly IReadOnlyList<Module> models;
    private readonly IReadOnlyList<Tensor> parameters;
    private readonly ICommunicator communicator;
    private readonly ICommunicator? group;
    private readonly bool someMayBeUnused;
    private readonly Tensor? flat; // all gradients in one message, with flags for those that may be missing

    /// <summary>Connects the batch norms of the ranks.</summary>
    /// <param name="models">The models that compute on shares of a batch; borrowed.</param>
    /// <param name="parameters">The trained parameters, in the same order on all ranks; borrowed.</param>
    /// <param name="communicator">The ranks; borrowed.</param>
    /// <param name="batchNormRanks">The number of ranks that share batch statistics; 0: all.</param>
    /// <param name="someMayBeUnused">Whether some parameters may have no gradient.</param>
    /// <exception cref="ConfigurationException">A layer uses the statistics of its own rank alone.</exception>
    public GradientSynchronizer(IReadOnlyList<Module> models, IReadOnlyList<Tensor> parameters, ICommunicator communicator,
        int batchNormRanks, bool someMayBeUnused)
    {
        (this.models, this.parameters, this.communicator, this.someMayBeUnused) = (models, parameters, communicator, someMayBeUnused);
        if (communicator.Size == 1) return;
        if (batchNormRanks != 1) RequireSharedStatistics();
        flat = empty(parameters.Sum(p => p.numel()) + (someMayBeUnused ? parameters.Count : 0), parameters[0].dtype, parameters[0].device)
            .DetachFromDisposeScope();
        if (batchNormRanks == 1) return;
        group = communicator.Group(batchNormRanks == 0 ? communicator.Size : batchNormRanks);
        foreach (var norm in Norms) norm.Reduce = group.AllReduce;
    }

    private IEnumerable<BatchNorm> Norms => models.SelectMany(model => model.modules()).OfType<BatchNorm>();

    private void RequireSharedStatistics()
    {
        foreach (var (name, module) in models.SelectMany(model => model.named_modules()))
        {
            if (module is TorchSharp.Modules.BatchNorm1d or TorchSharp.Modules.BatchNorm2d or TorchSharp.Modules.BatchNorm3d)
                throw new ConfigurationException($"{name} is a {module.GetType().Name}, which would have the statistics of each " +
                    $"rank's images alone: take SimClr.Models.BatchNorm, which has those of all ranks, or say batch-norm-ranks=1.");
        }
        foreach (var model in models)
        {
            var shared = model.named_modules().Where(m => m.module is BatchNorm).Select(m => $"{m.name}.{RunningMean}").ToHashSet();
            if (model.named_buffers().FirstOrDefault(
                b => b.name.EndsWith(RunningMean, StringComparison.Ordinal) && !shared.Contains(b.name)).name is { } own)
                throw new ConfigurationException($"{own} is of a batch norm that would have the statistics of each rank's images alone: " +
                    $"train on one rank, or say batch-norm-ranks=1.");
        }
    }

    /// <summary>
    /// Replaces the gradients by their sums over the ranks. As the loss is a mean over the whole batch, that is its gradient. A gradient
    /// that only some ranks have is 0 on the others. One that no rank has stays missing.
    /// </summary>
    public void AddGradients()
    {
        if (flat is null) return;
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var parts = flat.split([.. parameters.Select(p => p.numel()), .. someMayBeUnused ? [parameters.Count] : (long[])[]]);
        if (someMayBeUnused) parts[^1].copy_(tensor([.. parameters.Select(p => p.grad is null ? 0f : 1)]));
        for (int i = 0; i < parameters.Count; i++)
        {
            if (parameters[i].grad is { } gradient) parts[i].view_as(parameters[i]).copy_(gradient);
            else parts[i].zero_();
        }
        communicator.AllReduce(flat);
        float[]? used = someMayBeUnused ? parts[^1].cpu().to(float32).data<float>().ToArray() : null;
        for (int i = 0; i < parameters.Count; i++)
        {
            var sum = parts[i].view_as(parameters[i]);
            if (parameters[i].grad is { } gradient) gradient.copy_(sum);
            else if (used?[i] > 0) parameters[i].grad = sum.clone().DetachFromDisposeScope();
        }
    }

    /// <summary>
    /// Gathers the views of all ranks. On each rank, all first views come before all second views; so they do in the result.
    /// </summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="own">(V·m, …); borrowed.</param>
    /// <param name="views">V.</param>
    /// <returns>(V·W·m, …); owned by the caller.</returns>
    public static Tensor GatherViews(ICommunicator communicator, Tensor own, int views)
    {
        using var scope = NewDisposeScope();
        // (W, V, m, …) → (V, W, m, …)
        return communicator.AllGather(own.contiguous().unflatten(0, [views, -1])).transpose(0, 1).flatten(0, 2).MoveToOuterDisposeScope();
    }

    /// <summary>Copies rank 0's tensors to all ranks.</summary>
    public void Broadcast(IEnumerable<Tensor> tensors)
    {
        if (communicator.Size == 1) return;
        using var _ = no_grad();
        foreach (var tensor in tensors)
        {
            using var scope = NewDisposeScope();
            // Ranks exchange only a few dtypes. Every other dtype is exact in one of them.
            var dense = tensor.dtype is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Int64 or ScalarType.Byte
                ? tensor.contiguous()
                : tensor.to(tensor.is_floating_point() ? ScalarType.Float32 : ScalarType.Int64).contiguous();
            communicator.Broadcast(dense);
            if (communicator.Rank > 0) tensor.copy_(dense);
        }
    }

    /// <summary>Whether something is true on any rank. A collective operation with the same result on all.</summary>
    public bool Any(bool here)
    {
        if (communicator.Size == 1) return here;
        using var count = tensor(here ? 1L : 0);
        communicator.AllReduce(count);
        return count.item<long>() > 0;
    }

    /// <summary>Disconnects the batch norms.</summary>
    public void Dispose()
    {
        flat?.Dispose();
        if (group is null) return;
        foreach (var norm in Norms) norm.Reduce = null;
        group.Dispose();
    }
}
