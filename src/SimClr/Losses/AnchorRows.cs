using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// The rows, out of 2N, that are anchors on this rank: the two views of images <paramref name="First"/> to <paramref name="First"/> +
/// <paramref name="Images"/> − 1 of <paramref name="Total"/>.
/// </summary>
internal readonly record struct AnchorRows(int First, int Images, int Total)
{
    public int Count => 2 * Images;

    /// <summary>The anchors as ranges of rows, in order.</summary>
    public (int Start, int Count)[] Runs => Images == Total ? [(0, 2 * Total)] : [(First, Images), (Total + First, Images)];

    /// <summary>All other rows, as ranges.</summary>
    public (int Start, int Count)[] Others =>
        [.. ((int Start, int Count)[])[(0, First), (First + Images, Total - Images), (Total + First + Images, Total - First - Images)]];

    /// <summary>
    /// The rows of the same images in a tensor of all images, view by view: (V·N, …), V ≥ 2. Owned by the caller; an alias if all rows are
    /// anchors.
    /// </summary>
    public Tensor Of(Tensor rows)
    {
        if (Images == Total) return rows.alias();
        using var scope = NewDisposeScope();
        return rows.unflatten(0, [-1, Total]).narrow(1, First, Images).flatten(0, 1).MoveToOuterDisposeScope();
    }
}
