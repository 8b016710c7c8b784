using CsCheck;
using SimClr.Evaluation;

namespace SimClr.Tests.Evaluation;

public sealed class DuplicateSummaryTests
{
    [Fact]
    public void Counts_groups_and_most_similar_pairs_equal_those_over_all_pairs() =>
        (from seed in Gen.Int[0, 100_000]
         from count in Gen.Int[2, 40]
         from threshold in Gen.Double[0, 0.999]
         from most in Gen.Int[1, 10]
         select (seed, count, threshold, most)).Sample(c =>
        {
            using var features = Rows.Random(c.seed, c.count, 3, 2).ToFeatures();
            var pairs = NearDuplicates.Pairs(features.Values, c.threshold).ToList();
            static string KindOf(SimilarPair pair) => (pair.First + pair.Second) % 2 == 0 ? "even" : "odd";

            var found = DuplicateSummary.Of(features.Values, c.threshold, c.most, KindOf, IMessages.None);

            (found.Compared, found.Pairs).ShouldBe((c.count, pairs.Count));
            found.Counts.Select(kind => (kind.Key, (int)kind.Value)).ShouldBe(pairs.CountBy(KindOf).Select(kind => (kind.Key, kind.Value)).OrderBy(kind => kind.Key, StringComparer.Ordinal));
            found.MostSimilar.ShouldBe(pairs.OrderByDescending(p => p.Cosine).ThenBy(p => p.First).ThenBy(p => p.Second).Take(c.most));
            // Groups are the connected components: every row takes the lowest number of its neighbours until nothing changes.
            int[] group = [.. Enumerable.Range(0, c.count)];
            for (bool changed = true; changed;)
            {
                changed = false;
                foreach (var (first, second, _) in pairs)
                {
                    int least = Math.Min(group[first], group[second]);
                    changed |= group[first] != least || group[second] != least;
                    (group[first], group[second]) = (least, least);
                }
            }
            var groups = group.CountBy(g => g).Where(g => g.Value > 1).ToList();
            (found.Groups, found.Redundant).ShouldBe((groups.Count, groups.Sum(g => g.Value - 1)));
        }, iter: 100);
}
