using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>A batch of which several threads make shares. Its counters are guarded by the lock of the <see cref="BatchPrefetcher"/> that it is of.</summary>
/// <param name="indices">Of its N images, or of the images of its first views.</param>
/// <param name="partners">The images of its second views: <paramref name="indices"/> itself where both views are of one image.</param>
/// <param name="epoch">Which it is of, from 0.</param>
/// <param name="memory">Where its views lie; borrowed.</param>
internal sealed class PendingBatch(int[] indices, int[] partners, int epoch, BatchBufferPool memory)
{
    private readonly Lazy<Tensor> views = new(memory.Take); // by the first thread that writes
    private (int Position, Exception Exception)? failure;
    private int given, done;

    /// <summary>Of the images that are shown: those of the epoch's order, until <see cref="Show(int, int)"/> puts another in the place of one.</summary>
    public IReadOnlyList<int> Indices => indices;

    public int Epoch => epoch;

    /// <summary>Which images take the places of damaged ones in the whole batch that this is a part of.</summary>
    public required ReplacementImages ReplacementImages { get; init; }

    /// <summary>Where in the whole batch this part begins.</summary>
    public required int Offset { get; init; }

    /// <summary>Whether the same images are made once more, soon: a micro-batch's first pass.</summary>
    public bool ComesAgain { get; init; }

    public bool IsGivenOut => given == indices.Length;

    public bool IsMade => done == indices.Length;

    public bool HasFailed => failure is not null;

    /// <summary>Whether somebody may take it: it is made, and <see cref="DeferredViews.Pack"/> is done.</summary>
    public bool IsDone { get; set; }

    /// <summary>What a device renders when the batch is taken; null where the views are rendered by the threads.</summary>
    public DeferredViews? Drawn { get; init; }

    /// <summary>(C, S, S), to be written: one of the views of the image at a position; or one of its small crops, (C, s, s), which follow the views.</summary>
    /// <exception cref="Exception">There is not enough memory.</exception>
    public Span<float> View(int position, int view) => memory.Place(views.Value, view, position, indices.Length);

    /// <summary>Notes that another image is shown. Positions may be noted by several threads at once, each by one.</summary>
    public void Show(int position, int index) => indices[position] = index;

    /// <summary>Notes which two images are shown, as <see cref="Show(int, int)"/>.</summary>
    public void Show(int position, int index, int partner) => (indices[position], partners[position]) = (index, partner);

    /// <summary>Gives out the next images.</summary>
    /// <param name="most">How many, at most.</param>
    public (int Start, int End) Give(int most)
    {
        int start = given;
        given = Math.Min(given + most, indices.Length);
        return (start, given);
    }

    /// <summary>Counts images that were made, or given up after a failure.</summary>
    public void Finish(int images) => done += images;

    /// <summary>Notes why an image could not be made. Of several the first of the batch counts, whichever thread was first.</summary>
    public void Fail(int position, Exception exception)
    {
        if (failure is null || position < failure.Value.Position) failure = (position, exception);
    }

    /// <summary>Says what went wrong, if something did.</summary>
    /// <exception cref="Exception">What a thread met, with its stack.</exception>
    public void ThrowIfFailed()
    {
        if (failure is { } f) ExceptionDispatchInfo.Throw(f.Exception);
    }

    /// <summary>The batch; whoever gets it owns it, and its memory comes back when it is disposed of.</summary>
    public ViewBatch Finished()
    {
        if (Drawn is not null)
        {
            var (rendered, crops) = Drawn.Render();
            return new ViewBatch(rendered, indices) { Partners = partners, SmallCrops = crops };
        }
        var whole = views.Value;
        int given = 0;
        var (pairs, small) = memory.Views(whole, indices.Length);
        return new ViewBatch(pairs, indices)
        {
            Partners = partners,
            SmallCrops = small,
            Release = () =>
            {
                if (Interlocked.Exchange(ref given, 1) == 0) memory.Give(whole);
            },
        };
    }

    /// <summary>Gives the memory of an unfinished batch back.</summary>
    public void Abandon()
    {
        if (views.IsValueCreated) memory.Give(views.Value);
        Drawn?.Dispose();
    }
}
