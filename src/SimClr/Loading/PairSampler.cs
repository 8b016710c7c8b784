using SimClr.Datasets;
using SimClr.Randomness;

namespace SimClr.Loading;

/// <summary>
/// Which two images of a group a pair shows: two different ones, every ordered pair as likely, as a function of (seed, epoch, group); of a group
/// of one image that one twice. In the place of a damaged image comes the next good one of the group, going round, that the pair does not have
/// already; where the group has none, the other image again.
/// </summary>
/// <param name="groups">The groups.</param>
/// <param name="seed">The run's seed.</param>
internal sealed class PairSampler(ImageGroups groups, long seed)
{
    /// <summary>The images of a pair.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="group">In [0, groups).</param>
    public (int First, int Second) Draw(int epoch, int group)
    {
        var images = groups.Images(group);
        var (first, second) = Places(epoch, group, images.Length);
        return (images[first], images[second]);
    }

    /// <summary>The images of a pair, as far as they are good.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="group">In [0, groups).</param>
    /// <param name="isGood">Whether an image can be shown. Few are asked for.</param>
    /// <returns>Null where none of the group can.</returns>
    public (int First, int Second)? Draw(int epoch, int group, Func<int, bool> isGood)
    {
        var images = groups.Images(group);
        var (first, second) = Places(epoch, group, images.Length);
        int shown = Next(images, first, second);
        if (shown < 0) return null;
        int other = Next(images, second, shown);
        return (images[shown], images[other < 0 ? shown : other]); // found damaged by another thread meanwhile: whoever reads it finds out

        // The first good place from one on, going round; the one that is taken comes last. −1: none is good.
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
