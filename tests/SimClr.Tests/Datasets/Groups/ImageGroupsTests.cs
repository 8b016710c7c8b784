using System.Buffers.Binary;
using System.Security.Cryptography;
using CsCheck;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class ImageGroupsTests
{
    [Fact]
    public void Images_with_equal_names_form_groups_numbered_by_their_first_image() => Gen.Int[0, 6].Array[1, 40].Sample(numbers =>
    {
        string?[] names = [.. numbers.Select(n => n switch { 0 => null, 1 => "", _ => $"group {n}" })];
        var groups = ImageGroups.By(new NamedImages([.. names.Select((_, i) => $"{i}")]), i => names[i]);

        // The reference by search: an image starts a group unless an earlier one has its name.
        var expected = new List<List<int>>();
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i] is { Length: > 0 } && expected.Find(group => names[group[0]] == names[i]) is { } known) known.Add(i);
            else expected.Add([i]);
        }
        groups.Count.ShouldBe(expected.Count);
        groups.ImageCount.ShouldBe(names.Length);
        for (int group = 0; group < expected.Count; group++)
        {
            groups.Images(group).ToArray().ShouldBe(expected[group]);
            groups.Name(group).ShouldBe(names[expected[group][0]] is { Length: > 0 } name ? name : null);
            foreach (int image in expected[group]) groups.Of(image).ShouldBe(group);
        }
        int[] sizes = [.. expected.Select(group => group.Count).Order()];
        byte[] numbered = new byte[4 * names.Length];
        for (int i = 0; i < names.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(numbered.AsSpan(4 * i), expected.FindIndex(group => group.Contains(i)));
        groups.Summary.ShouldBe(new GroupSummary(
            sizes.Length, sizes.Count(size => size == 1), sizes[0], sizes[sizes.Length / 2], sizes[^1], Convert.ToHexStringLower(SHA256.HashData(numbered))));
    }, iter: 300);

    [Fact]
    public void A_folder_group_is_the_whole_path_not_the_folder_name_or_class()
    {
        var data = new NamedImages(["/d/a/p1/1.png", "/d/a/p1/2.png", "/d/b/p1/3.png", "/d/a/p2/4.png", "/d/a/5.png", "/d/a/p1/6.png"]);
        var groups = ImageGroups.ByFolder(data);
        Enumerable.Range(0, 6).Select(groups.Of).ShouldBe([0, 0, 1, 2, 3, 0]);
        groups.Name(1)!.Replace('\\', '/').ShouldBe("/d/b/p1");
        groups.Summary.ToString().ShouldBe("4 groups of 1–3 images (median 1), 3 of one image");
    }

    [Fact]
    public void The_fingerprint_covers_the_grouping_and_not_the_names()
    {
        var data = new NamedImages(["1", "2", "3", "4"]);
        string Of(params string?[] names) => ImageGroups.By(data, i => names[i]).Summary.Sha256;
        Of("a", "b", "a", null).ShouldBe(Of("x", "", "x", "y"));
        Of("a", "b", "a", "b").ShouldNotBe(Of("a", "b", "b", "a"));
    }

    [Theory]
    [InlineData(new[] { "x", "y", "x", "y" }, new[] { 0, 1, 0, 1 }, true)]
    [InlineData(new[] { "x", "y", "x", "" }, new[] { 1, 0, 1, -1 }, true)] // an image without a label, alone
    [InlineData(new[] { "x", "y", "x", "x" }, new[] { 0, 1, 0, -1 }, false)]
    [InlineData(new[] { "x", "y", "z", "y" }, new[] { 0, 1, 0, 1 }, false)] // a class in two groups
    [InlineData(new[] { "x", "x", "x", "x" }, new[] { 0, 1, 0, 1 }, false)] // two classes in a group
    [InlineData(new[] { "a", "b", "c", "d" }, new[] { 0, 1, 2, 3 }, false)] // every image alone
    public void It_shows_where_groups_are_the_classes(string[] names, int[] labels, bool same)
    {
        var data = new NamedImages(["1", "2", "3", "4"], labels);
        ImageGroups.By(data, i => names[i]).AreClassesOf(data).ShouldBe(same);
        ImageGroups.By(data, i => names[i]).AreClassesOf(new NamedImages(["1", "2", "3", "4"])).ShouldBeFalse();
    }
}
