namespace SimClr.Datasets;

/// <summary>The labels of images that lie in a folder for each class.</summary>
internal static class FolderLabels
{
    private const int Named = 5;

    /// <summary>Gives every image the label of its class, or −1, and says why where it has none.</summary>
    /// <param name="root">What paths begin at.</param>
    /// <param name="part">The part's folder below it. An image elsewhere is of a part without labels.</param>
    /// <param name="images">Paths.</param>
    /// <param name="classes">By label.</param>
    /// <param name="train">The training part's folder.</param>
    /// <param name="labels">In [0, classes), or −1.</param>
    public static List<Omission> Give(string root, string part, List<string> images, IReadOnlyList<string> classes, string train, out int[] labels)
    {
        var labelOf = classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        var (astray, strange) = (new List<string>(), new List<string>());
        labels = new int[images.Count];
        foreach (var (index, image) in images.Index())
        {
            labels[index] = -1;
            if (!IsBelow(image, part)) continue;
            string folder = FirstFolder(image, part);
            if (labelOf.TryGetValue(folder, out int label)) labels[index] = label;
            else (folder.Length == 0 ? astray : strange).Add(image);
        }

        var omitted = new List<Omission>();
        if (astray.Count > 0)
            omitted.Add(new("label", astray.Count, "the image lies in no class folder and has none; evaluation leaves it out", Path.Combine(root, astray[0])));
        if (strange.Count > 0)
        {
            var names = strange.Select(image => FirstFolder(image, part)).Distinct().ToList();
            string named = string.Join(", ", names.Take(Named)) + (names.Count > Named ? ", …" : "");
            omitted.Add(new("label", strange.Count, $"the training part, {Path.Combine(root, train)}, has no class {named}; add it there, or move its images out of the test part", Path.Combine(root, strange[0])) { StopsEvaluation = true });
        }
        return omitted;
    }

    /// <summary>The first folder of a path below a part; empty for an image directly in it.</summary>
    public static string FirstFolder(string image, string part)
    {
        var below = image.AsSpan(part.Length == 0 ? 0 : part.Length + 1);
        return below[..Math.Max(0, below.IndexOf(Path.DirectorySeparatorChar))].ToString();
    }

    private static bool IsBelow(string image, string part) =>
        part.Length == 0 || (image.StartsWith(part, StringComparison.Ordinal) && image[part.Length] == Path.DirectorySeparatorChar);
}
