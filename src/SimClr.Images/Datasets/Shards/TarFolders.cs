namespace SimClr.Datasets;

/// <summary>
/// The parts and classes that the folders of images in tars give, by the rules of <see cref="ImageFolderDataset"/>: <c>train</c> beside
/// <c>test</c>, <c>val</c> or another usual name are parts, and the first folder of a part is a class if there are at least two.
/// </summary>
internal sealed class TarFolders
{
    private readonly int depth; // of the folder that holds the parts, or the classes
    private readonly string? train, test, unlabelled; // null without parts

    private TarFolders(IReadOnlyList<string[]> folders, IReadOnlyList<string> known)
    {
        depth = Common(folders);
        if (depth > 0 && known.Contains(folders[0][depth - 1])) depth--; // all images are of one class
        var named = folders.Where(folder => folder.Length > depth).Select(folder => folder[depth]).Distinct()
            .Select(top => (Top: top, Name: PartName.Of(top))).Where(top => top.Name is not null)
            .OrderBy(top => top.Name!.Rank).ThenBy(top => top.Top, StringComparer.Ordinal)
            .ToLookup(top => (top.Name!.Affix, top.Name.Kind), top => top.Top);
        foreach (string affix in named.Select(group => group.Key.Affix).Distinct().Order(StringComparer.Ordinal))
        {
            if (train is not null || !named.Contains((affix, PartName.Part.Train))) continue;
            string[] tests = [.. named[(affix, PartName.Part.Test)]];
            string first = named[(affix, PartName.Part.Train)].First();
            string? free = named[(affix, PartName.Part.Unlabelled)].FirstOrDefault();
            bool isAlone = affix.Length == 0 && free is not null
                && folders.All(folder => folder.Length > depth && (folder[depth] == first || folder[depth] == free));
            if (tests.Length == 0 && !isAlone) continue;
            (train, unlabelled) = (first, free);
            if (tests.Length == 0) continue;
            var classes = ClassesBelow(folders, train);
            test = tests.FirstOrDefault(top => ClassesBelow(folders, top).Overlaps(classes)) ?? tests[0];
        }
        var found = train is null ? folders.Select(folder => folder.ElementAtOrDefault(depth) ?? "").ToHashSet()
            : ClassesBelow(folders, train);
        found.Remove("");
        Classes = found.Count >= 2 ? [.. found.Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>The classes of the training part; empty if there is at most one.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Whether there are parts: folders of test or unlabelled images beside the training part.</summary>
    public bool HasParts => train is not null;

    /// <summary>Whether there is a test part beside a training part.</summary>
    public bool HasTest => test is not null;

    /// <summary>The folders of the parts, for messages.</summary>
    public string Parts => string.Join(" and ", new[] { train, test, unlabelled }.OfType<string>());

    /// <summary>Finds parts and classes.</summary>
    /// <param name="folders">The folders of all images; empty for an image without a folder.</param>
    /// <param name="known">The classes of another part; empty if there is none.</param>
    public static TarFolders Of(IEnumerable<string> folders, IReadOnlyList<string> known) =>
        new([.. folders.Distinct().Select(Split)], known);

    /// <summary>
    /// The part of a folder's images, and their class; no part if they are beside the parts, no class directly in a part.
    /// </summary>
    public (DatasetPart? Part, string? Class) Of(string folder)
    {
        string[] names = Split(folder);
        string? top = names.ElementAtOrDefault(depth);
        if (train is null) return (DatasetPart.Train, top);
        DatasetPart? part = top is null ? null : top == train ? DatasetPart.Train : top == test ? DatasetPart.Test
            : top == unlabelled ? DatasetPart.Pretraining : null;
        return (part, part == DatasetPart.Pretraining ? null : names.ElementAtOrDefault(depth + 1));
    }

    private HashSet<string> ClassesBelow(IReadOnlyList<string[]> folders, string top) =>
        [.. folders.Where(folder => folder.Length > depth + 1 && folder[depth] == top).Select(folder => folder[depth + 1])];

    private static int Common(IReadOnlyList<string[]> folders)
    {
        int common = folders.Count == 0 ? 0 : folders.Min(folder => folder.Length);
        foreach (string[] folder in folders)
            common = Math.Min(common, folders[0].Zip(folder).TakeWhile(two => two.First == two.Second).Count());
        return common;
    }

    private static string[] Split(string folder) => [.. folder.Split('/').Where(name => name is not ("" or "."))];
}
