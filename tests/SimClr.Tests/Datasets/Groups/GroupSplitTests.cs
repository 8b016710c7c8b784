using CsCheck;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Images;
using static TorchSharp.torch;

namespace SimClr.Tests.Datasets;

public sealed class GroupSplitTests
{
    private static readonly Gen<(int[] Labels, int[] Groups)> Anything =
        Gen.Select(Gen.Int[-1, 4], Gen.Int[0, 12]).Array[1, 80].Select(images => (images.Select(i => i.Item1).ToArray(), images.Select(i => i.Item2).ToArray()));

    private static bool[]? HeldOut(int[] labels, int[] groups, double fraction, int seed)
    {
        int[] order = [.. Enumerable.Range(0, groups.Max() + 1)];
        new Random(seed).Shuffle(order);
        return GroupSplit.HeldOut(labels, groups, fraction, order);
    }

    [Fact]
    public void Groups_stay_whole_no_class_loses_all_and_each_gives_something_if_one_of_its_groups_can_be_spared() =>
        Gen.Select(Anything, Gen.Double[0.01, 0.99], Gen.Int).Sample((images, fraction, seed) =>
        {
            var (labels, groups) = images;
            bool[] held = HeldOut(labels, groups, fraction, seed) ?? new bool[labels.Length];
            held.ShouldBe(HeldOut(labels, groups, fraction, seed) ?? held);
            int[] all = [.. Enumerable.Range(0, labels.Length)];
            all.GroupBy(i => groups[i]).ShouldAllBe(group => group.Select(i => held[i]).Distinct().Count() == 1);
            all.GroupBy(i => labels[i]).ShouldAllBe(images => images.Any(i => !held[i]));
            foreach (var images1 in all.GroupBy(i => labels[i]).Where(images => images.All(i => !held[i])))
                images1.Select(i => groups[i]).Distinct().ShouldAllBe(group => // then holding out any of its groups would empty a class
                    all.Where(i => groups[i] == group).Select(i => labels[i]).Any(label => all.Where(i => labels[i] == label && !held[i]).All(i => groups[i] == group)));
        });

    [Fact]
    public void With_groups_of_one_class_the_share_is_right_to_half_a_group() =>
        Gen.Select(Gen.Int[1, 5].Array[5, 40], Gen.Double[0.1, 0.5], Gen.Int).Sample((sizes, fraction, seed) =>
        {
            int[] groups = [.. sizes.SelectMany((size, group) => Enumerable.Repeat(group, size))];
            int[] labels = Array.ConvertAll(groups, group => group % 2);
            bool[] held = HeldOut(labels, groups, fraction, seed)!;
            foreach (int label in (int[])[0, 1])
            {
                int count = labels.Count(l => l == label), largest = sizes.Where((_, group) => group % 2 == label).Max();
                int goal = Math.Clamp((int)Math.Round(fraction * count), 1, count - 1);
                Math.Abs(Enumerable.Range(0, labels.Length).Count(i => labels[i] == label && held[i]) - goal).ShouldBeLessThanOrEqualTo(largest / 2 + (goal < largest ? largest : 0));
            }
        });

    [Fact]
    public void Groups_of_one_image_are_split_as_images_are() =>
        Gen.Select(Gen.Int[0, 3].Array[2, 80], Gen.Double[0.01, 0.99], Gen.Int).Sample((labels, fraction, seed) =>
        {
            bool[] held = HeldOut(labels, [.. Enumerable.Range(0, labels.Length)], fraction, seed) ?? new bool[labels.Length];
            foreach (var images in Enumerable.Range(0, labels.Length).GroupBy(i => labels[i]))
                images.Count(i => held[i]).ShouldBe(images.Count() == 1 ? 0 : Math.Clamp((int)Math.Round(fraction * images.Count()), 1, images.Count() - 1));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Data_that_names_groups_or_has_tiles_is_split_by_them(bool tiles)
    {
        var data = new Grouped(40, i => i / 4, tiles);
        var (train, heldOut) = Subsets.StratifiedSplit(data, 0.2, seed: 0);
        (train.Count, heldOut.Count).ShouldBe((32, 8));
        int[] Groups(IImageDataset part) => [.. Enumerable.Range(0, part.Count).Select(i => int.Parse(part.Describe(i), System.Globalization.CultureInfo.InvariantCulture) / 4).Distinct()];
        Groups(train).Intersect(Groups(heldOut)).ShouldBeEmpty();
        Enumerable.Range(0, heldOut.Count).Select(heldOut.Label).Order().ShouldBe([0, 0, 0, 0, 1, 1, 1, 1]);
        Groups(Subsets.StratifiedSplit(data, 0.2, seed: 1).HeldOut).ShouldNotBe(Groups(heldOut));
    }

    [Fact]
    public void Groups_that_no_two_images_share_and_groups_that_are_classes_change_nothing()
    {
        string[] Of(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Describe)];
        Of(Subsets.StratifiedSplit(new Grouped(40, i => i, false), 0.2, 7).HeldOut).ShouldBe(Of(Subsets.StratifiedSplit(new Grouped(40, null, false), 0.2, 7).HeldOut));
        Of(Subsets.StratifiedSplit(new Grouped(40, i => i / 4 % 2, false), 0.2, 7).HeldOut).ShouldBe(Of(Subsets.StratifiedSplit(new Grouped(40, null, false), 0.2, 7).HeldOut));
    }

    [Fact]
    public void What_is_chosen_on_held_out_features_is_chosen_on_whole_groups()
    {
        using var features = new SimClr.Evaluation.Features(rand(40, 2), tensor([.. Enumerable.Range(0, 40).Select(i => (long)(i / 4 % 2))])) { Groups = [.. Enumerable.Range(0, 40).Select(i => i / 4)] };
        var (order, heldOut) = ValidationSplit.First(features, 0.2, 3);
        heldOut.ShouldBe(8);
        order.Order().ShouldBe([.. Enumerable.Range(0, 40).Select(i => (long)i)]);
        order[..8].Select(row => row / 4).Intersect(order[8..].Select(row => row / 4)).ShouldBeEmpty();
        using var alone = features with { Groups = [.. Enumerable.Range(0, 40).Select(i => i / 4 % 2)] }; // a group for each class
        using var plain = features with { Groups = null };
        ValidationSplit.First(alone, 0.2, 3).Order.ShouldBe(ValidationSplit.First(plain, 0.2, 3).Order);
        Should.Throw<ArgumentException>(() => features with { Groups = [1, 2] }).Message.ShouldContain("there are 40 rows and 2 groups");
    }

    [Fact]
    public void Features_carry_the_groups_of_their_images()
    {
        using var named = new FeatureExtractor(new Grouped(8, i => i / 4, false)).Pixels(8);
        named.Groups.ShouldBe([0, 0, 0, 0, 1, 1, 1, 1]);
        using var plain = new FeatureExtractor(new Grouped(8, null, false)).Pixels(8);
        plain.Groups.ShouldBeNull();
    }

    [Fact]
    public void A_group_in_both_parts_is_said_and_what_is_held_out_is_in_whole_groups()
    {
        var messages = new RecordedMessages();
        var train = new Grouped(40, i => i / 4, false);
        ImageSource.Of(train, new Grouped(8, i => i / 4 + 9, false), messages).ForEvaluation();
        messages.Lines.ShouldBe(["! 1 group has training and test images, for example P9: the figures may be too good."]);
        ImageSource.Of(new Grouped(40, i => i / 4, tiles: true), new Grouped(8, i => i / 4, tiles: true), messages).ForEvaluation(); // pictures of one name
        messages.Lines.Count.ShouldBe(1);
        var (kept, heldOut, cut) = ImageSource.Of(train).ForEvaluation();
        cut.ShouldBeTrue();
        (var rest, var some, _) = ImageSource.Of(new Grouped(40, i => i / 4 % 2, false)).ForEvaluation(); // groups that are classes
        Said(rest, some).ShouldBe("! grouped has no test part. A fifth of each class (8 images) is held out as test images, one by one: no group can be spared.");
        (rest, some, _) = ImageSource.Of(new Grouped(40, i => i / 4 % 2 == 0 ? 0 : i, false)).ForEvaluation(); // one class is one group
        Said(rest, some).ShouldBe("grouped has no test part. A fifth of each class (4 images) is held out as test images, in whole groups. 1 class has none.");
        Said(kept, heldOut).ShouldBe("grouped has no test part. A fifth of each class (8 images) is held out as test images, in whole groups.");

        static string Said(IImageDataset kept, IImageDataset heldOut)
        {
            var told = new RecordedMessages();
            ImageSource.TellCut(kept, heldOut, told);
            return told.Lines.Single();
        }
    }

    [Fact]
    public void A_list_names_the_groups_of_any_images()
    {
        using var temp = new TempFolder();
        GroupColumn List(string text) => new(temp.Write("groups.csv", System.Text.Encoding.UTF8.GetBytes("image,patient\n" + text)), "patient");
        var messages = new RecordedMessages();
        var source = ImageSource.Of(new Grouped(40, null, false), messages: messages);
        source.ForEvaluation().Train.Group(0).ShouldBeNull();
        var (train, heldOut, _) = source.WithGroups(List(string.Concat(Enumerable.Range(0, 39).Select(i => $"{i},P{i / 4}\n")) + "99,P1\n")).ForEvaluation();
        string?[] Groups(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Group).Distinct()];
        Groups(train).Intersect(Groups(heldOut)).ShouldBeEmpty();
        messages.Lines.ShouldBe([$"1 of 40 images of grouped have no patient in {temp.At("groups.csv")}, the first 39: each is its own group."]);
        Should.Throw<InvalidDataException>(() => source.WithGroups(List("x,P1\n")).ForEvaluation()).Message.ShouldContain("names no image of grouped");

        var parts = ImageSource.Of(new Grouped(40, null, false), messages: messages).WithTest(ImageSource.Of(new Grouped(8, null, false))).WithGroups(List("1,P1\n2,P1\n"));
        parts.ForEvaluation().Test.Group(1).ShouldBe("P1"); // in both parts here
        messages.Lines[^1].ShouldBe("! 1 group has training and test images, for example P1: the figures may be too good.");
    }

    [Fact]
    public void Folders_may_be_groups()
    {
        var data = new NamedImages([.. Enumerable.Range(0, 40).Select(i => $"/data/{(i < 20 ? "cat" : "dog")}/video {i / 4}/{i}.png")], [.. Enumerable.Range(0, 40).Select(i => i / 20)]);
        string?[] Folders(IImageDataset part) => [.. Enumerable.Range(0, part.Count).Select(i => Path.GetDirectoryName(part.Describe(i))).Distinct()];
        Folders(ImageSource.Of(data).ForEvaluation().Test).Length.ShouldBe(7); // frames of seven videos
        var (train, test, _) = ImageSource.Of(data).WithGroups(ImageGroups.ByFolder).ForEvaluation();
        Folders(train).Intersect(Folders(test)).ShouldBeEmpty();
        (Folders(test).Length, test.Count).ShouldBe((2, 8));
    }

    private sealed class Grouped(int count, Func<int, int>? groupOf, bool tiles) : IImageDataset
    {
        public string Name => "grouped";

        public int Count => count;

        public IReadOnlyList<string> Classes => ["a", "b"];

        public int Label(int index) => index / 4 % 2;

        public string? Group(int index) => tiles || groupOf is null ? null : $"P{groupOf(index)}";

        public ImageTile? Tile(int index) => tiles ? new($"{groupOf!(index)}.tif", 0, 0) : null;

        public string Describe(int index) => $"{index}";

        public DecodedImage Read(int index) => new(new byte[192], 8, 8);
    }
}
