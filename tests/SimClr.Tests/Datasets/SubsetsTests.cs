using CsCheck;
using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

public sealed class SubsetsTests
{
    [Fact]
    public void A_seeded_subset_is_sorted_distinct_and_of_the_requested_size() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 250], Gen.Long).Sample((count, limit, seed) =>
        {
            var subset = Subsets.Seeded(new Numbered(count), limit, seed);
            var images = Sources(subset);
            images.Count.ShouldBe(Math.Min(count, limit));
            images.ShouldBe(images.Distinct().Order());
        });

    [Fact]
    public void A_smaller_subset_is_part_of_a_larger_one_with_the_same_seed() =>
        Gen.Select(Gen.Int[1, 99], Gen.Int[1, 99], Gen.Long).Sample((a, b, seed) =>
            Sources(Subsets.Seeded(new Numbered(100), Math.Min(a, b), seed))
                .Except(Sources(Subsets.Seeded(new Numbered(100), Math.Max(a, b), seed))).ShouldBeEmpty());

    [Fact]
    public void A_seeded_subset_never_changes()
    {
        Sources(Subsets.Seeded(new Numbered(100), 5, seed: 0)).ShouldNotBe(Sources(Subsets.Seeded(new Numbered(100), 5, seed: 1)));
        Sources(Subsets.Seeded(new Numbered(100), 5, seed: 0)).ShouldBe([1, 5, 43, 58, 85]); // computed independently in Python
    }

    [Fact]
    public void A_subset_keeps_name_classes_labels_and_locations()
    {
        var subset = new SubsetDataset(new Numbered(10), [7, 3]);
        (subset.Name, subset.Count, subset.Label(0), subset.Label(1), subset.Describe(1)).ShouldBe(("numbers", 2, 1, 0, "3"));
        subset.Classes.ShouldBe(["a", "b", "c"]);
        subset.Read(0).Pixels.ToArray().ShouldBe([7, 7, 7]);
    }

    [Fact]
    public void An_index_outside_of_the_source_is_refused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new SubsetDataset(new Numbered(3), [0, 3])).Message.ShouldContain("0 to 2");

    [Fact]
    public void A_split_puts_every_image_into_one_part_and_keeps_the_class_proportions() =>
        Gen.Select(Gen.Int[2, 300], Gen.Double[0.01, 0.99], Gen.Long).Sample((count, fraction, seed) =>
        {
            var whole = new Numbered(count);
            var (train, heldOut) = Subsets.StratifiedSplit(whole, fraction, seed);
            Sources(train).Concat(Sources(heldOut)).Order().ShouldBe(Enumerable.Range(0, count));
            foreach (var images in Enumerable.Range(0, count).GroupBy(whole.Label))
            {
                int held = Sources(heldOut).Count(i => whole.Label(i) == images.Key);
                Math.Abs(held - fraction * images.Count()).ShouldBeLessThanOrEqualTo(1);
                held.ShouldBeInRange(images.Count() > 1 ? 1 : 0, images.Count() - 1);
            }
        });

    [Fact]
    public void A_split_of_images_without_labels_is_a_split_of_one_class()
    {
        var (train, heldOut) = Subsets.StratifiedSplit(new Numbered(50, labelled: false), 0.2, seed: 3);
        (train.Count, heldOut.Count).ShouldBe((40, 10));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_share_that_leaves_a_part_empty_is_refused(double fraction) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Subsets.StratifiedSplit(new Numbered(10), fraction, 0));

    private static List<int> Sources(IImageDataset dataset) =>
        [.. Enumerable.Range(0, dataset.Count).Select(i => int.Parse(dataset.Describe(i), System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>Images that return their number; the labels are 0 0 0 0 1 1 1 1 2 2 and so on.</summary>
    private sealed class Numbered(int count, bool labelled = true) : IImageDataset
    {
        public string Name => "numbers";

        public int Count => count;

        public IReadOnlyList<string> Classes => labelled ? ["a", "b", "c"] : [];

        public int Label(int index) => labelled ? new[] { 0, 0, 0, 0, 1, 1, 1, 1, 2, 2 }[index % 10] : -1;

        public string Describe(int index) => $"{index}";

        public DecodedImage Read(int index) => new(new[] { (byte)index, (byte)index, (byte)index }, 1, 1);
    }
}
