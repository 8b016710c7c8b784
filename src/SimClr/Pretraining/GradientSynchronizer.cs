using SimClr.Distributed;
using SimClr.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Pretraining;

/// <summary>What makes the copies of a model on W ranks one model: the same weights, common batch statistics, added gradients. With one rank it does nothing.</summary>
internal sealed class GradientSynchronizer : IDisposable
{
    private readonly IReadOnlyList<Module> models;
    private readonly IReadOnlyList<Tensor> parameters;
    private readonly ICommunicator communicator;
    private readonly ICommunicator? group;
    private readonly Tensor? flat; // all gradients: one message

    /// <summary>Joins the ranks' batch norms.</summary>
    /// <param name="models">That compute on shares of a batch; borrowed.</param>
    /// <param name="parameters">Those that are trained, in the same order on all ranks; borrowed.</param>
    /// <param name="communicator">The ranks; borrowed.</param>
    /// <param name="batchNormRanks">How many ranks have batch statistics in common; 0: all.</param>
    public GradientSynchronizer(IReadOnlyList<Module> models, IReadOnlyList<Tensor> parameters, ICommunicator communicator, int batchNormRanks)
    {
        (this.models, this.parameters, this.communicator) = (models, parameters, communicator);
        if (communicator.Size == 1) return;
        flat = empty(parameters.Sum(p => p.numel()), parameters[0].dtype, parameters[0].device).DetachFromDisposeScope();
        if (batchNormRanks == 1) return;
        group = communicator.Group(batchNormRanks == 0 ? communicator.Size : batchNormRanks);
        foreach (var norm in Norms) norm.Reduce = group.AllReduce;
    }

    private IEnumerable<BatchNorm> Norms => models.SelectMany(model => model.modules()).OfType<BatchNorm>();

    /// <summary>The parameters' gradients ← their sums over the ranks: as the loss is a mean over the whole batch, that is its gradient.</summary>
    public void AddGradients()
    {
        if (flat is null) return;
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var parts = flat.split([.. parameters.Select(p => p.numel())]);
        for (int i = 0; i < parts.Length; i++) parts[i].view_as(parameters[i]).copy_(parameters[i].grad!);
        communicator.AllReduce(flat);
        for (int i = 0; i < parts.Length; i++) parameters[i].grad!.copy_(parts[i].view_as(parameters[i]));
    }

    /// <summary>Views that lie block by block, all images' first ones, then their second ones, of every rank's images put together in the same way.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="own">(V·m, …); borrowed.</param>
    /// <param name="views">V.</param>
    /// <returns>(V·W·m, …); the caller's.</returns>
    public static Tensor GatherViews(ICommunicator communicator, Tensor own, int views)
    {
        using var scope = NewDisposeScope();
        return communicator.AllGather(own.contiguous().unflatten(0, [views, -1])).transpose(0, 1).flatten(0, 2).MoveToOuterDisposeScope(); // (W, V, m, …) → (V, W, m, …)
    }

    /// <summary>Gives all ranks rank 0's tensors.</summary>
    public void Broadcast(IEnumerable<Tensor> tensors)
    {
        if (communicator.Size == 1) return;
        using var _ = no_grad();
        foreach (var tensor in tensors)
        {
            using var scope = NewDisposeScope();
            var dense = tensor.contiguous();
            communicator.Broadcast(dense);
            if (communicator.Rank > 0) tensor.copy_(dense);
        }
    }

    /// <summary>Whether something holds on any rank: a collective, and the same on all.</summary>
    public bool Any(bool here)
    {
        if (communicator.Size == 1) return here;
        using var count = tensor(here ? 1L : 0);
        communicator.AllReduce(count);
        return count.item<long>() > 0;
    }

    /// <summary>Parts the batch norms.</summary>
    public void Dispose()
    {
        flat?.Dispose();
        if (group is null) return;
        foreach (var norm in Norms) norm.Reduce = null;
        group.Dispose();
    }
}
