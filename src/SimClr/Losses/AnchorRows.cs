using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>Which of the 2N rows are anchors here: the two views of images <paramref name="First"/> to <paramref name="First"/> + <paramref name="Images"/> − 1 of <paramref name="Total"/>.</summary>
internal readonly record struct AnchorRows(int First, int Images, int Total)
{
    public int Count => 2 * Images;

    /// <summary>They as runs of rows, in order.</summary>
    public (int Start, int Count)[] Runs => Images == Total ? [(0, 2 * Total)] : [(First, Images), (Total + First, Images)];

    /// <summary>All other rows.</summary>
    public (int Start, int Count)[] Others =>
        [.. ((int Start, int Count)[])[(0, First), (First + Images, Total - Images), (Total + First + Images, Total - First - Images)]];

    /// <summary>The same images' rows of a tensor that has all images' rows view by view, (V·N, …), V ≥ 2; the caller's, a view where all are anchors.</summary>
    public Tensor Of(Tensor rows)
    {
        if (Images == Total) return rows.alias();
        using var scope = NewDisposeScope();
        return rows.unflatten(0, [-1, Total]).narrow(1, First, Images).flatten(0, 1).MoveToOuterDisposeScope();
    }
}
