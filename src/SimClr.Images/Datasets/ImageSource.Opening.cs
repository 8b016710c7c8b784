using System.Globalization;

namespace SimClr.Datasets;

public sealed partial class ImageSource
{
    /// <summary>The number of test images, for people; and where they are from, if that is elsewhere.</summary>
    /// <param name="images">The test part.</param>
    /// <param name="readable">How many of them were used; null for all.</param>
    internal string Describe(IImageDataset images, long? readable = null) => string.Create(CultureInfo.InvariantCulture,
        $"{readable ?? images.Count} test images{(test is null ? "" : $" of {images.Name}")}");

    /// <summary>How <see cref="ForEvaluation"/> held out images that are in groups; null if they are in none.</summary>
    internal static string? GroupsOf(IImageDataset train, IImageDataset test)
    {
        var groups = GroupsIn(train, ImageGroups.NameIn(train));
        return groups.Count == 0 ? null
            : groups.Overlaps(GroupsIn(test, ImageGroups.NameIn(test))) ? "one by one: no group can be spared" : "in whole groups";
    }

    /// <summary>Says what <see cref="ForEvaluation"/> held out of the training part.</summary>
    internal static void TellCut(IImageDataset train, IImageDataset test, IMessages messages)
    {
        string? groups = GroupsOf(train, test);
        int untested = Labels(train).Except(Labels(test)).Count();
        string said = $"{train.Name} has no test part. A fifth of each class ({test.Count} images) is held out as test images" +
            $"{(groups is null ? "" : $", {groups}")}." +
            $"{(untested == 0 ? "" : untested == 1 ? " 1 class has none." : $" {untested} classes have none.")}";
        if (groups?.StartsWith("one by one", StringComparison.Ordinal) == true) messages.Warn(said);
        else messages.Note(said);

        static IEnumerable<int> Labels(IImageDataset data) => Enumerable.Range(0, data.Count).Select(data.Label);
    }

    private static HashSet<string> GroupsIn(IImageDataset data, Func<int, string?> nameOf) =>
        [.. Enumerable.Range(0, data.Count).Select(nameOf).Where(name => !string.IsNullOrEmpty(name)).OfType<string>()];

    // Pictures of tiles are left out: in two places, different pictures may have one name.
    private void WarnOfSharedGroups(IImageDataset train, IImageDataset test)
    {
        var shared = GroupsIn(train, train.Group);
        shared.IntersectWith(GroupsIn(test, test.Group));
        if (shared.Count > 0)
            messages.Warn($"{shared.Count} group{(shared.Count == 1 ? " has" : "s have")} training and test images, " +
                $"for example {shared.Min(StringComparer.Ordinal)}: the figures may be too good.");
    }

    /// <summary>This source, whose waits for unavailable images a token ends, if it has none of its own.</summary>
    internal ImageSource Until(CancellationToken end) => cancellationToken.CanBeCanceled || !end.CanBeCanceled ? this
        : new(this, test, groups) { cancellationToken = end };

    /// <summary>The images for pretraining, of which nothing is said.</summary>
    internal IImageDataset Listed() => Unguarded(DatasetPart.Pretraining);

    /// <summary>Whether the test images are among those that a run on these places trained on; null if the places do not tell.</summary>
    /// <param name="trained">The places, as <see cref="Names"/> has them.</param>
    internal bool? IsTestAmong(IReadOnlyList<string> trained)
    {
        trained = [.. trained.Select(AbsoluteName)]; // a run of before may have a separator at the end
        var places = (test ?? this).roots;
        if (places.Count == 0) return null;
        // A test part of its own is not trained on; beside one, places without a test part give no test images.
        List<ImageRoot> whole = test is null && HasTest ? [] : [.. places.Where(root => !root.HasTest)];
        if (whole.Exists(root => trained.Contains(root.Name))) return true;
        return whole.Exists(root => trained.Any(root.MayShareWith)) ? null : false;
    }

    private bool HasTest => test is not null || (given is { } images ? images.Test is not null : roots.Any(root => root.HasTest));

    private RetryingDataset Open(DatasetPart part, bool isScored = false) => Guarded(Unguarded(part), isScored);

    // Unused data is reported once, whichever command reads the images.
    private RetryingDataset Guarded(IImageDataset data, bool isScored)
    {
        if (isScored && data.Omissions.FirstOrDefault(omission => omission.StopsEvaluation) is { } stop)
            throw new InvalidDataException(
                $"{data.Name} cannot be scored: {stop.Reason} ({stop.Count} images, for example {stop.Example}).");
        foreach (var omission in data.Omissions.Where(said.Add))
        {
            if (omission.IsExpected) messages.Note(omission.ToString());
            else messages.Warn(omission.ToString());
        }
        return RetryingDataset.Of(data, told: messages.Warnings, cancellationToken: cancellationToken);
    }

    private IImageDataset Unguarded(DatasetPart part)
    {
        var data = Ungrouped(part);
        return groups is null ? data : new GroupedImages(data, groups(data, part == DatasetPart.Train));
    }

    private IImageDataset Ungrouped(DatasetPart part) =>
        test is not null && part == DatasetPart.Test ? OfTest(test)
            : given is { } images ? part == DatasetPart.Test ? OfTest(images.Test!, images.Train) : images.Train
            : roots is [var only] ? only.Open(part) : United(part);

    private TestImages OfTest(ImageSource test, IReadOnlyList<string>? classes = null, string? trained = null)
    {
        var (seen, unseen) = (Ungrouped(DatasetPart.Train), test.AsTest());
        if (roots.Any(root => root.IsOfFiles) && test.roots.Any(root => root.IsOfFiles)) ImageRoot.RequireUnseen(seen, unseen);
        return new(unseen, classes ?? seen.Classes, trained ?? $"the training part, {seen.Name},");
    }

    // A program's own parts may each have their classes in their own order.
    private static IImageDataset OfTest(IImageDataset test, IImageDataset train) =>
        train.Classes.Count == 0 || test.Classes.SequenceEqual(train.Classes) ? test
            : new TestImages(test, train.Classes, $"the training part, {train.Name},");

    // Both parts have the classes of all training parts.
    private UnitedDataset United(DatasetPart part)
    {
        var chosen = part == DatasetPart.Test ? [.. roots.Where(root => root.HasTest)] : roots;
        IEnumerable<string> classes = part == DatasetPart.Test ? roots.SelectMany(root => root.Open(DatasetPart.Train).Classes) : [];
        return United(chosen, [.. chosen.Select(root => root.Open(part))], [.. classes]);
    }

    // The images of --test-data: the test part of each place, or all of a place without one.
    private IImageDataset AsTest() => given is { } images ? images.Test ?? images.Train
        : United(roots, [.. roots.Select(root => root.Open(root.HasTest ? DatasetPart.Test : DatasetPart.Train))]);

    private static UnitedDataset United(IReadOnlyList<ImageRoot> roots, IImageDataset[] sets, string[]? classes = null)
    {
        ImageRoot.RequireApart(roots, sets);
        return UnitedDataset.Of(string.Join(" + ", sets.Select(set => set.Name)), sets, classes);
    }
}
