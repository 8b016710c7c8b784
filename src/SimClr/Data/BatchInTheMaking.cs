using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace SimClr.Data;

/// <summary>A batch of which several threads make shares. Its counters are guarded by the lock of the <see cref="ViewProduction"/> that it is of.</summary>
/// <param name="indices">Of its N images.</param>
/// <param name="epoch">Which it is of, from 0.</param>
/// <param name="memory">Where its views lie; borrowed.</param>
internal sealed class BatchInTheMaking(int[] indices, int epoch, ViewMemory memory)
{
    private readonly Lazy<Tensor> views = new(memory.Take); // by the first thread that writes
    private (int Position, Exception Exception)? failure;
    private int given, done;

    public IReadOnlyList<int> Indices => indices;

    public int Epoch => epoch;

    /// <summary>Whether the same images are made once more, soon: a micro-batch's first pass.</summary>
    public bool ComesAgain { get; init; }

    public bool IsGivenOut => given == indices.Length;

    public bool IsDone => done == indices.Length;

    /// <summary>(3, S, S), to be written: one of the views of the image at a position; or one of its small crops, (3, s, s), which follow as views 2 and up.</summary>
    /// <exception cref="Exception">There is not enough memory.</exception>
    public Span<float> View(int position, int view) => memory.Place(views.Value, view, position, indices.Length);

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

    /// <summary>The batch; whoever gets it owns it, and its memory comes back when it is disposed of.</summary>
    /// <exception cref="Exception">What a thread met, with its stack.</exception>
    public ViewBatch Finished()
    {
        if (failure is { } f) ExceptionDispatchInfo.Throw(f.Exception);
        var whole = views.Value;
        int given = 0;
        var (pairs, small) = memory.Views(whole, indices.Length);
        return new ViewBatch(pairs, indices)
        {
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
    }
}
