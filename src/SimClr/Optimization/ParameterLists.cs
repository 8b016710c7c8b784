using static TorchSharp.torch;

namespace SimClr.Optimization;

/// <summary>
/// Parameters with the same decay, adaptation and learning-rate factor, as lists of tensors for libtorch's foreach operations: a few
/// launches for all parameters instead of some for each. Weights, gradients and state of a parameter have the same memory format.
/// </summary>
/// <param name="Excluded">Whether they are excluded from decay and adaptation.</param>
/// <param name="Adapted">Whether LARS adapts them.</param>
/// <param name="RateFactor">The factor on their learning rate.</param>
/// <param name="Weights">Borrowed.</param>
/// <param name="Gradients">One per weight.</param>
/// <param name="Kept">The state: one per weight, for each kind.</param>
internal sealed record ParameterLists(
    bool Excluded, bool Adapted, double RateFactor, Tensor[] Weights, Tensor[] Gradients, Tensor[][] Kept)
{
    /// <summary>The lists of excluded, adapted and other parameters, per factor. Copies belong to the caller's dispose scope.</summary>
    public static IEnumerable<ParameterLists> Of(IReadOnlyList<(ParameterState.Slot Slot, Tensor Gradient)> gradients) =>
        [.. gradients.GroupBy(g => (g.Slot.Excluded, g.Slot.Adapted, g.Slot.RateFactor)).Select(group => new ParameterLists(
            group.Key.Excluded,
            group.Key.Adapted,
            group.Key.RateFactor,
            [.. group.Select(g => g.Slot.Parameter)],
            [.. group.Select(g => InOrderOf(g.Slot.Parameter, g.Gradient))],
            [.. Enumerable.Range(0, gradients[0].Slot.Kept.Length).Select(kind => group.Select(g => g.Slot.Kept[kind]).ToArray())]))];

    // Strides of dimensions of length 1 have no meaning.
    private static Tensor InOrderOf(Tensor parameter, Tensor gradient)
    {
        long[] shape = parameter.shape, own = parameter.stride(), other = gradient.stride();
        bool same = true;
        for (int i = 0; i < shape.Length; i++) same &= shape[i] <= 1 || own[i] == other[i];
        return same ? gradient : empty_like(parameter).copy_(gradient);
    }
}
