using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Labels of images in folders, one folder per class; or from a list (<see cref="Annotations"/>).</summary>
internal static class FolderLabels
{
    private const int Named = 5;

    /// <summary>Gives every image the label of its class, or −1, and reports why labels are missing.</summary>
    /// <param name="root">The folder that paths are relative to.</param>
    /// <param name="part">The folder of the part below the root. An image outside of it belongs to a part without labels.</param>
    /// <param name="images">Paths.</param>
    /// <param name="classes">By label.</param>
    /// <param name="train">The folder of the training part.</param>
    /// <param name="labels">Receives the labels: in [0, classes), or −1.</param>
    public static List<Omission> Give(
        string root, string part, List<string> images, IReadOnlyList<string> classes, string train, out int[] labels)
    {
        var labelOf = classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        var listed = Annotations.Of(root, part) is { } list ? Annotations.Read(list) : null;
        string ClassOf(string image) =>
            listed is null ? FirstFolder(image, part) : listed.GetValueOrDefault(Path.GetFileName(image), "");
        var (astray, strange) = (new List<string>(), new List<string>());
        labels = new int[images.Count];
        foreach (var (index, image) in images.Index())
        {
            labels[index] = -1;
            if (!IsBelow(image, part)) continue;
            string folder = ClassOf(image);
            if (labelOf.TryGetValue(folder, out int label)) labels[index] = label;
            else (folder.Length == 0 ? astray : strange).Add(image);
        }

        var omitted = new List<Omission>();
        if (astray.Count > 0)
            omitted.Add(new("label", astray.Count, $"the image is not in " +
                $"{(listed is null ? "a class folder" : "the list of annotations")} and has no label; evaluation leaves it out",
                PortablePath.Combine(root, astray[0])));
        if (strange.Count > 0)
            omitted.Add(Strange(strange.Count, strange.Select(ClassOf), $"the training part, {PortablePath.Combine(root, train)},",
                PortablePath.Combine(root, strange[0])));
        return omitted;
    }

    /// <summary>Test images of classes that were not trained.</summary>
    /// <param name="count">How many they are.</param>
    /// <param name="classes">Their classes.</param>
    /// <param name="trained">What lacks these classes, as the beginning of a sentence.</param>
    /// <param name="example">The first of them.</param>
    public static Omission Strange(int count, IEnumerable<string> classes, string trained, string example)
    {
        var names = classes.Distinct().ToList();
        string named = string.Join(", ", names.Take(Named)) + (names.Count > Named ? ", …" : "");
        return new("label", count, $"{trained} has no class {named}; " +
            "add it there, or move its images out of the test part", example)
        { StopsEvaluation = true };
    }

    /// <summary>The first folder of a path below a part; empty for an image directly in the part.</summary>
    public static string FirstFolder(string image, string part)
    {
        var below = image.AsSpan(part.Length == 0 ? 0 : part.Length + 1);
        return below[..Math.Max(0, below.IndexOf('/'))].ToString();
    }

    private static bool IsBelow(string image, string part) =>
        part.Length == 0 || (image.StartsWith(part, StringComparison.Ordinal) && image[part.Length] == '/');
}
