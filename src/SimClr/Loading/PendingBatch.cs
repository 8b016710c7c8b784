using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>A batch that several threads make in shares. The lock of its <see cref="BatchPrefetcher"/> guards the counters.</summary>
/// <param name="indices">The indices of its N images, or of the images of its first views.</param>
/// <param name="partners">
/// The images of the second views. It is <paramref name="indices"/> itself if both views show the same image.
/// </param>
/// <param name="epoch">The epoch, from 0.</param>
/// <param name="memory">The memory of its views; borrowed.</param>
internal sealed class PendingBatch(int[] indices, int[] partners, int epoch, BatchBufferPool memory)
{
    private readonly Lazy<Tensor> views = new(memory.Take); // allocated by the first thread that writes
    private (int Position, Exception Exception)? failure;
    private int given, done;

    /// <summary>
    /// The images that are shown: first those of the epoch's order, then also the replacements that <see cref="Show(int, int)"/> sets.
    /// </summary>
    public IReadOnlyList<int> Indices => indices;

    public int Epoch => epoch;

    /// <summary>The replacements of damaged images in the whole batch that this is a part of.</summary>
    public required ReplacementImages ReplacementImages { get; init; }

    /// <summary>The position of this part in the whole batch.</summary>
    public required int Offset { get; init; }

    /// <summary>Whether the same images are needed once more soon: the first pass of a micro-batch.</summary>
    public bool ComesAgain { get; init; }

    public bool IsGivenOut => given == indices.Length;

    public bool IsMade => done == indices.Length;

    public bool HasFailed => failure is not null;

    /// <summary>Whether the consumer may take it: all views are made, and <see cref="DeferredViews.Pack"/> is done.</summary>
    public bool IsDone { get; set; }

    /// <summary>The views that a device renders when the batch is taken; null if the loader's threads render them.</summary>
    public DeferredViews? Drawn { get; init; }

    /// <summary>
    /// The memory of one view, (C, S, S), or one small crop, (C, s, s), of the image at a position; small crops follow the views.
    /// </summary>
    /// <exception cref="Exception">There is not enough memory.</exception>
    public Span<float> View(int position, int view) => memory.Place(views.Value, view, position, indices.Length);

    /// <summary>Records that another image is shown. Several threads may record different positions at once.</summary>
    public void Show(int position, int index) => indices[position] = index;

    /// <summary>Records that two other images are shown; see <see cref="Show(int, int)"/>.</summary>
    public void Show(int position, int index, int partner) => (indices[position], partners[position]) = (index, partner);

    /// <summary>Hands out the next images.</summary>
    /// <param name="most">The largest number of images.</param>
    public (int Start, int End) Give(int most)
    {
        int start = given;
        given = Math.Min(given + most, indices.Length);
        return (start, given);
    }

    /// <summary>Counts images that are made, or were given up after a failure.</summary>
    public void Finish(int images) => done += images;

    /// <summary>Records why an image could not be made. Of several failures, the one of the first image counts.</summary>
    public void Fail(int position, Exception exception)
    {
        if (failure is null || position < failure.Value.Position) failure = (position, exception);
    }

    /// <summary>Throws if an image could not be made.</summary>
    /// <exception cref="Exception">The exception of a thread, with its stack.</exception>
    public void ThrowIfFailed()
    {
        if (failure is { } f) ExceptionDispatchInfo.Throw(f.Exception);
    }

    /// <summary>The finished batch; owned by the caller. Disposing it returns its memory.</summary>
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

    /// <summary>Returns the memory of an unfinished batch.</summary>
    public void Abandon()
    {
        if (views.IsValueCreated) memory.Give(views.Value);
        Drawn?.Dispose();
    }
}
