using SimClr.Datasets;
using SimClr.Randomness;

namespace SimClr.Loading;

/// <summary>
/// The two images of a group that form a pair, as a function of (seed, epoch, group). They are different, and every ordered pair is equally
/// likely. A group of one image gives that image twice. A damaged image is replaced by the group's next good image, cyclically, that is not
/// already in the pair. If there is none, the pair's other image is used twice.
/// </summary>
/// <param name="groups">The groups.</param>
/// <param name="seed">The run's seed.</param>
internal sealed class PairSampler(ImageGroups groups, long seed)
{
    /// <summary>Draws a pair.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="group">In [0, groups).</param>
    public (int First, int Second) Draw(int epoch, int group)
    {
        var images = groups.Images(group);
        var (first, second) = Places(epoch, group, images.Length);
        return (images[first], images[second]);
    }

    /// <summary>Draws a pair of good images.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="group">In [0, groups).</param>
    /// <param name="isGood">Whether an image can be shown. It is called for few images.</param>
    /// <returns>Null if no image of the group is good.</returns>
    public (int First, int Second)? Draw(int epoch, int group, Func<int, bool> isGood)
    {
        var images = groups.Images(group);
        var (first, second) = Places(epoch, group, images.Length);
        int shown = Next(images, first, second);
        if (shown < 0) return null;
        int other = Next(images, second, shown);
        // another thread may have found it damaged meanwhile; the reader of the image notices
        return (images[shown], images[other < 0 ? shown : other]);

        // The first good place from one on, cyclically; the taken one comes last. −1: none is good.
        int Next(ReadOnlySpan<int> among, int from, int taken)
        {
            for (int i = 0; i < among.Length; i++)
            {
                int place = (from + i) % among.Length;
                if (place != taken && isGood(among[place])) return place;
            }
            return isGood(among[taken]) ? taken : -1;
        }
    }

    private (int First, int Second) Places(int epoch, int group, int count)
    {
        if (count == 1) return (0, 0);
        var random = CounterRandom.For(seed, RandomPurpose.GroupPairs, ((long)epoch << 32) + group);
        int first = random.Below(count), second = random.Below(count - 1);
        return (first, second < first ? second : second + 1);
    }
}
