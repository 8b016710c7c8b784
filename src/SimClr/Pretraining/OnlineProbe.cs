using SimClr.Distributed;
using SimClr.Optimization;
using static TorchSharp.torch;
using AdamW = SimClr.Optimization.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace SimClr.Pretraining;

/// <summary>
/// A linear classifier on h that is trained during pretraining, on the same views, as in Google's code. Its gradient stops at h, so the
/// encoder is bit for bit the same without it. It shows the progress of a run; use an evaluation to measure the final encoder.
/// </summary>
/// <remarks>
/// Softmax regression from zero with Adam at a constant rate: it has to follow changing features. Google uses the encoder's optimiser and
/// schedule. One thread at a time.
/// </remarks>
public sealed class OnlineProbe : IDisposable
{
    private const double LearningRate = 2e-3;

    private readonly IReadOnlyList<int> labels;
    private readonly Parameter weight, bias;
    private readonly AdamW optimizer;
    private long views, right;

    /// <summary>Makes an untrained classifier.</summary>
    /// <param name="labels">
    /// The labels by image index in the training data: in [0, classes), or −1 for an image without a label, which is skipped.
    /// </param>
    /// <param name="classes">C, at least 2.</param>
    /// <param name="featureDim">D.</param>
    /// <param name="device">The device of h.</param>
    /// <exception cref="ArgumentException">There are fewer than two classes, or a label is out of range.</exception>
    public OnlineProbe(IReadOnlyList<int> labels, int classes, int featureDim, Device device)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (labels.FirstOrDefault(l => l < -1 || l >= classes) is var outside && outside != 0)
            throw new ArgumentException($"The label {outside} is none of {classes} classes.", nameof(labels));
        this.labels = labels;
        using var scope = NewDisposeScope();
        weight = new Parameter(zeros(classes, featureDim, float32, device));
        bias = new Parameter(zeros(classes, float32, device));
        weight.DetachFromDisposeScope();
        bias.DetachFromDisposeScope();
        optimizer = new AdamW(
            [("weight", weight), ("bias", bias)], new OptimizerOptions { Kind = OptimizerKind.Adamw, WeightDecay = 0 }.Complete());
        State = optimizer.State.Append(new("weight", weight)).Append(new("bias", bias)).ToDictionary();
    }

    /// <summary>The state that a run needs to resume, borrowed: the same tensors for this probe's life.</summary>
    internal IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Adds a micro-batch to the next step.</summary>
    /// <param name="h">(2m, D) float32, rows i and i + m form a pair; borrowed. It gets no gradient.</param>
    /// <param name="indices">The m images of the first views.</param>
    /// <param name="partners">The m images of the second views.</param>
    internal void Observe(Tensor h, IReadOnlyList<int> indices, IReadOnlyList<int> partners)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        long[] known = [.. Enumerable.Range(0, 2 * indices.Count).Where(row => LabelOf(row) >= 0).Select(row => (long)row)];
        if (known.Length == 0) return;
        var x = h.detach().to(float32).index_select(0, tensor(known, device: h.device));                // (n, D)
        var y = tensor(Array.ConvertAll(known, row => (long)LabelOf((int)row)), device: h.device);      // (n)
        var logits = x.mm(weight.t()).add_(bias);                                                      // (n, C)
        right += logits.argmax(1).eq(y).sum().item<long>();
        views += known.Length;
        var error = logits.softmax(1).sub_(nn.functional.one_hot(y, weight.shape[0]));                 // ∂(Σ cross entropy)/∂logits
        Add(weight, error.t().mm(x));
        Add(bias, error.sum([0]));

        int LabelOf(int row) => labels[row < indices.Count ? indices[row] : partners[row - indices.Count]];
    }

    /// <summary>Trains on the observed views of all ranks. A collective operation.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <returns>The accuracy on these views before training on them, in [0, 1]; NaN if none has a label.</returns>
    internal double Step(ICommunicator communicator)
    {
        using var counts = tensor((long[])[views, right]);
        communicator.AllReduce(counts);
        var (allViews, allRight) = (counts[0].item<long>(), counts[1].item<long>());
        if (allViews == 0) return double.NaN;
        double accuracy = (double)allRight / allViews;
        using (var scope = NewDisposeScope())
        {
            foreach (var parameter in (Parameter[])[weight, bias])
            {
                if (parameter.grad is null) Add(parameter, zeros_like(parameter)); // no image of this rank has a label
                communicator.AllReduce(parameter.grad!);
                parameter.grad!.div_(allViews);
            }
            optimizer.Step(LearningRate);
            optimizer.ZeroGradients();
        }
        (views, right) = (0, 0);
        return accuracy;
    }

    /// <summary>Discards the observed views of a step that is not made.</summary>
    internal void Forget()
    {
        optimizer.ZeroGradients();
        (views, right) = (0, 0);
    }

    /// <summary>Loads a saved <see cref="State"/>.</summary>
    /// <exception cref="InvalidDataException">A name is missing, or a shape differs.</exception>
    internal void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        if (!state.TryGetValue("weight", out var savedWeight)
            || !state.TryGetValue("bias", out var savedBias) || !savedWeight.shape.SequenceEqual(weight.shape))
            throw new InvalidDataException(
                $"The saved probe has no weight of shape ({string.Join(", ", weight.shape)}): the run had none, or other classes.");
        optimizer.LoadState(state.Where(t => t.Key is not ("weight" or "bias")).ToDictionary());
        using var _ = no_grad();
        weight.copy_(savedWeight);
        bias.copy_(savedBias);
    }

    /// <summary>Frees the classifier and its optimiser.</summary>
    public void Dispose()
    {
        optimizer.Dispose();
        weight.Dispose();
        bias.Dispose();
    }

    private static void Add(Parameter parameter, Tensor gradient)
    {
        if (parameter.grad is { } known) known.add_(gradient);
        else parameter.grad = gradient.DetachFromDisposeScope();
    }
}
