using SimClr.Randomness;

namespace SimClr.Loading;

/// <summary>
/// The order of the images (or groups) in an epoch: each once, as a function of (seed, epoch) and their number. Without a window, the order
/// is a uniform permutation and takes 4 bytes per image. With a window, it is the order of a shuffle buffer of that size: runs of
/// consecutive images follow each other in a seeded order, and the images within a window are shuffled. Reading then stays near one place
/// of the disk for a while, and the memory is 4 bytes per image of a window and per run.
/// </summary>
/// <remarks>
/// A window has <see cref="RunsInWindow"/> runs from anywhere in the data, independent of shard borders. So data sorted by class still
/// gives mixed batches. Windows begin at other places in every epoch. One reader at a time.
/// </remarks>
internal sealed class EpochSampler
{
    /// <summary>The number of runs in a window.</summary>
    public const int RunsInWindow = 64;

    private readonly long seed;
    private readonly int window, run, firstWindow;
    private readonly int[] runs; // the numbers of the runs, in reading order
    private readonly int shortAt; // the position of the data's last run, which may be shorter
    private readonly Lock gate = new();
    private EpochSampler? beside; // of the same order, for other readers
    private int[] block = []; // the shuffled images of one window
    private int blockStart;

    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="count">The number of images, at least 1.</param>
    /// <param name="window">The number of images in a window; 0, or at least <c>count</c>, for all images.</param>
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

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; }

    /// <summary>The number of images.</summary>
    public int Count { get; }

    /// <summary>The images at consecutive positions. Calls in ascending order are fast; any other order gives the same result.</summary>
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

    /// <summary>The image at one position, for any thread, beside the one reader. With windows, it costs the shuffling of one.</summary>
    public int At(int position)
    {
        if (runs.Length == 0) return block[position]; // all images, never replaced
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

    // The image at a position in the concatenated runs.
    private int Unshuffled(int position)
    {
        int missing = runs.Length * run - Count; // the images that the short run lacks
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
