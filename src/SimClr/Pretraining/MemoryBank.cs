using SimClr.Distributed;
using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

/// <summary>
/// The memory of <see cref="MemoryBankOptions"/>: a first-in-first-out ring of unit rows, and the network with the moving average of the
/// weights that they come from. Like the trained one it normalises by its own batches' statistics.
/// </summary>
/// <remarks>A batch's own rows enter after its step: while it is trained on they would be negatives that show the same images.</remarks>
internal sealed class MemoryBank : IDisposable
{
    private readonly SimClrModel model, average;
    private readonly ICommunicator communicator;
    private readonly double momentum;
    private readonly Tensor rows, count; // (K, d); rows written so far, () int64
    private readonly List<Tensor> entering = [];

    /// <summary>An empty memory, whose network is a copy of the model.</summary>
    /// <param name="model">What is trained; borrowed, on its device.</param>
    /// <param name="options">K above 0.</param>
    /// <param name="run">What the model was made from.</param>
    /// <param name="communicator">The ranks that share a batch, whose rows enter together; borrowed.</param>
    public MemoryBank(SimClrModel model, MemoryBankOptions options, PretrainOptions run, ICommunicator communicator)
    {
        (this.model, this.communicator, momentum) = (model, communicator, options.Momentum);
        using var scope = NewDisposeScope();
        var (device, type) = (model.parameters().First().device, model.parameters().First().dtype);
        average = new SimClrModel(run.Encoder, run.Head, run.ImageSize, run.Seed);
        average.to(device, type);
        ModelState.Load(average, model.state_dict());
        rows = zeros(options.Size, model.Head.OutputDim, type, device).DetachFromDisposeScope();
        count = tensor(0L).DetachFromDisposeScope();
        State = average.state_dict().Select(t => KeyValuePair.Create("average." + t.Key, t.Value)).Append(new("rows", rows)).Append(new("count", count)).ToDictionary();
    }

    /// <summary>What a run needs to go on, borrowed: the same tensors for this memory's life.</summary>
    public IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>The network with the average weights; borrowed.</summary>
    public SimClrModel Average => average;

    /// <summary>The rows that were written, none to K: (·, d) of length 1; the caller's.</summary>
    public Tensor Negatives() => rows.narrow(0, 0, Math.Min(count.item<long>(), rows.shape[0]));

    /// <summary>Projects views that are being trained on.</summary>
    /// <param name="views">(2m, 3, S, S) on the model's device; borrowed.</param>
    public void Encode(Tensor views)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var z = average.call(views);
        z = z.to(rows.dtype);
        entering.Add((z / z.norm(1, keepdim: true, p: 2f).clamp_min_(1e-12)).DetachFromDisposeScope());
    }

    /// <summary>Forgets what was projected for a step that is not made.</summary>
    public void Forget()
    {
        foreach (var key in entering) key.Dispose();
        entering.Clear();
    }

    /// <summary>After a step: the average follows the weights, and the rows of what was trained on enter.</summary>
    public void Advance()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (mine, trained) in average.parameters().Zip(model.parameters())) mine.lerp_(trained, 1 - momentum);
        var keys = cat([.. entering.Select(own => communicator.Size == 1 ? own.alias() : GradientSynchronizer.GatherViews(communicator, own, 2))]);
        long capacity = rows.shape[0], written = count.item<long>(), taken = Math.Min(keys.shape[0], capacity);
        rows.index_copy_(0, arange(written, written + taken, device: rows.device).remainder_(capacity), keys.narrow(0, keys.shape[0] - taken, taken));
        count.add_(taken);
        Forget();
    }

    /// <summary>Takes a saved <see cref="State"/>.</summary>
    /// <exception cref="InvalidDataException">A name is missing, or a shape differs; the message names it, and nothing was changed.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        foreach (var (name, mine) in State)
        {
            if (!state.TryGetValue(name, out var saved) || !saved.shape.SequenceEqual(mine.shape))
                throw new InvalidDataException($"The saved memory has no {name} of shape ({string.Join(", ", mine.shape)}): it is of a run with other options.");
        }
        using var _ = no_grad();
        foreach (var (name, mine) in State) mine.copy_(state[name]);
    }

    public void Dispose()
    {
        Forget();
        rows.Dispose();
        count.Dispose();
        average.Dispose();
    }
}
