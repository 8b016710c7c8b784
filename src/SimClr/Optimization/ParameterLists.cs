using static TorchSharp.torch;

namespace SimClr.Optimization;

/// <summary>
/// The tensors of parameters that decay, adaptation and the learning rate treat alike, as the lists that libtorch's operations over lists take: a few launches
/// for all parameters instead of some for each. Weights, gradients and what is kept lie in one and the same memory order, parameter by parameter.
/// </summary>
/// <param name="Excluded">Whether they are spared from decay and adaptation.</param>
/// <param name="RateFactor">The factor on their learning rate.</param>
/// <param name="Weights">Borrowed.</param>
/// <param name="Gradients">As many.</param>
/// <param name="Kept">As many of each kind.</param>
internal sealed record ParameterLists(bool Excluded, double RateFactor, Tensor[] Weights, Tensor[] Gradients, Tensor[][] Kept)
{
    /// <summary>Those that are not excluded and those that are, of each factor; what had to be copied belongs to the scope this is called in.</summary>
    public static IEnumerable<ParameterLists> Of(IReadOnlyList<(ParameterState.Slot Slot, Tensor Gradient)> gradients) =>
        [.. gradients.GroupBy(g => (g.Slot.Excluded, g.Slot.RateFactor)).Select(group => new ParameterLists(
            group.Key.Excluded,
            group.Key.RateFactor,
            [.. group.Select(g => g.Slot.Parameter)],
            [.. group.Select(g => InOrderOf(g.Slot.Parameter, g.Gradient))],
            [.. Enumerable.Range(0, gradients[0].Slot.Kept.Length).Select(kind => group.Select(g => g.Slot.Kept[kind]).ToArray())]))];

    // The strides of dimensions of length 1 mean nothing.
    private static Tensor InOrderOf(Tensor parameter, Tensor gradient)
    {
        long[] shape = parameter.shape, own = parameter.stride(), other = gradient.stride();
        bool same = true;
        for (int i = 0; i < shape.Length; i++) same &= shape[i] <= 1 || own[i] == other[i];
        return same ? gradient : empty_like(parameter).copy_(gradient);
    }
}
