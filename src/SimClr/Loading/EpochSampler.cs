using SimClr.Randomness;

namespace SimClr.Loading;

/// <summary>
/// The order in which an epoch shows the images, or groups of them: each once, as a function of (seed, epoch) and of how many there are.
/// Without a window it is a uniform permutation, which takes 4 bytes for each image. With one it is what a shuffle buffer of that
/// many images gives: runs of neighbours follow each other in a seeded order, and the images of a window are shuffled among each
/// other. So reading stays near one place of the disk for a while, and memory is 4 bytes for each image of a window and
/// for each run.
/// </summary>
/// <remarks>
/// A window has the images of <see cref="RunsInWindow"/> runs from anywhere in the data, whatever the borders of shards are: data
/// that lie class by class still give mixed batches. Windows begin elsewhere in every epoch. One reader at a time.
/// </remarks>
internal sealed class EpochSampler
{
    /// <summary>Runs of neighbours that a window is made of.</summary>
    public const int RunsInWindow = 64;

    private readonly long seed;
    private readonly int window, run, firstWindow;
    private readonly int[] runs; // their numbers, in the order of reading
    private readonly int shortAt; // where among them the last run of the data lies, which may be shorter
    private readonly Lock gate = new();
    private EpochSampler? beside; // of the same order, for questions from elsewhere
    private int[] block = []; // the images of one window, shuffled
    private int blockStart;

    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="count">Images, at least 1.</param>
    /// <param name="window">Images that are shuffled among each other; 0, or no less than there are, for all.</param>
    public EpochSampler(long seed, int epoch, int count, int window)
    {
        (this.seed, Epoch, Count) = (seed, epoch, count);
        if (window <= 0 || window >= count)
        {
            block = Permutation(count, CounterRandom.For(seed, RandomPurpose.EpochOrder, epoch));
            runs = [];
            return;
        }
        this.window = window;
        run = Math.Max(1, window / RunsInWindow);
        var random = CounterRandom.For(seed, RandomPurpose.WindowRuns, epoch);
        firstWindow = 1 + random.Below(window);
        runs = Permutation((int)(((long)count + run - 1) / run), random);
        shortAt = Array.IndexOf(runs, runs.Length - 1);
    }

    /// <summary>Which epoch's it is, from 0.</summary>
    public int Epoch { get; }

    /// <summary>How many images there are.</summary>
    public int Count { get; }

    /// <summary>The images of some positions in a row. Quick where the calls go forwards; any other order gives the same.</summary>
    public int[] Slice(int start, int length)
    {
        int[] images = new int[length];
        for (int i = 0; i < length;)
        {
            if (start + i < blockStart || start + i >= blockStart + block.Length) ShuffleWindowOf(start + i);
            int from = start + i - blockStart, some = Math.Min(length - i, block.Length - from);
            block.AsSpan(from, some).CopyTo(images.AsSpan(i));
            i += some;
        }
        return images;
    }

    /// <summary>The image at one position, for any thread, beside the one reader. Takes a window's shuffling where there are windows.</summary>
    public int At(int position)
    {
        if (runs.Length == 0) return block[position]; // all of them, for good
        lock (gate)
        {
            beside ??= new EpochSampler(seed, Epoch, Count, window);
            return beside.Slice(position, 1)[0];
        }
    }

    private void ShuffleWindowOf(int position)
    {
        int number = position < firstWindow ? 0 : 1 + (position - firstWindow) / window;
        blockStart = number == 0 ? 0 : firstWindow + (number - 1) * window;
        int length = Math.Min(number == 0 ? firstWindow : window, Count - blockStart);
        block = Permutation(length, CounterRandom.For(seed, RandomPurpose.WindowOrder, ((long)Epoch << 32) + number));
        for (int i = 0; i < length; i++) block[i] = Unshuffled(blockStart + block[i]);
    }

    // The image at a position of the runs one after the other.
    private int Unshuffled(int position)
    {
        int missing = runs.Length * run - Count; // images that the short run has fewer
        if (position >= (shortAt + 1) * run - missing) position += missing;
        var (number, within) = Math.DivRem(position, run);
        return runs[number] * run + within;
    }

    private static int[] Permutation(int count, CounterRandom random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Draw(order, count);
        return order;
    }
}
