using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>The training images whose labels may be used, by a budget and a seed or by a list, and as a list.</summary>
public static class LabelledImages
{
    /// <summary>Whether a text is neither a budget nor a file.</summary>
    public static bool IsUnknown(string text) => LabelBudget.Parse(text) is null && !File.Exists(text);

    /// <summary>Takes images.</summary>
    /// <param name="data">Labelled training images.</param>
    /// <param name="text">A budget (<see cref="LabelBudget"/>), or a file with an image on every line: its path, or the end of it.</param>
    /// <param name="seed">Decides which a budget takes.</param>
    /// <exception cref="InvalidDataException">The file names an image that is not there or has no label, or nothing.</exception>
    public static SubsetDataset Take(IImageDataset data, string text, long seed)
    {
        if (LabelBudget.Parse(text) is { } budget) return Subsets.Labelled(data, budget, seed);
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < data.Count; i++)
        {
            // Every end of the path that begins at a folder: a list may say as much of it as it wants.
            string path = Printable.Of(Path.Combine(Environment.CurrentDirectory, data.Describe(i)));
            for (int at = 0; at >= 0; at = path.IndexOf('/', at) is var slash and >= 0 ? slash + 1 : -1) names[path[at..]] = names.TryGetValue(path[at..], out int other) && other != i ? -1 : i;
        }
        var taken = new SortedSet<int>();
        foreach (var (number, line) in RegularFile.ReadLines(text).Index().Where(l => l.Item.Trim().Length > 0))
        {
            if (!names.TryGetValue(Printable.Of(line.Trim()), out int index)) throw new InvalidDataException($"{text}, line {number + 1}: {data.Name} has no training image {line.Trim()} with a label.");
            if (index < 0) throw new InvalidDataException($"{text}, line {number + 1}: {data.Name} has several images {line.Trim()}; write more of the path.");
            if (data.Label(index) < 0) throw new InvalidDataException($"{text}, line {number + 1}: {line.Trim()} has no label.");
            taken.Add(index);
        }
        return taken.Count > 0 ? new SubsetDataset(data, taken) : throw new InvalidDataException($"{text} names no image.");
    }

    /// <summary>Writes the list of some images, for <see cref="Take"/>: a name with line breaks takes one line (<see cref="Printable"/>).</summary>
    public static void Write(string file, IImageDataset images) =>
        AtomicFile.Write(file, string.Concat(Enumerable.Range(0, images.Count).Select(i => Printable.Of(images.Describe(i)) + "\n")));
}
