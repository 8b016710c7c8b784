using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Chooses the training images whose labels may be used: by a budget and a seed, or by a list in a file. Writes such lists.
/// </summary>
public static class LabelledImages
{
    /// <summary>Whether a text is neither a budget nor an existing file.</summary>
    /// <param name="text">The text of the option.</param>
    public static bool IsUnknown(string text) => LabelBudget.Parse(text) is null && !File.Exists(text);

    /// <summary>Chooses images.</summary>
    /// <param name="data">Labelled training images.</param>
    /// <param name="text">
    /// A budget (<see cref="LabelBudget"/>), or a file with one image per line: its path, or the end of its path.
    /// </param>
    /// <param name="seed">Decides which images a budget takes.</param>
    /// <exception cref="InvalidDataException">The file is empty, or names an image that does not exist or has no label.</exception>
    public static SubsetDataset Take(IImageDataset data, string text, long seed)
    {
        if (LabelBudget.Parse(text) is { } budget) return Subsets.Labelled(data, budget, seed);
        var lines = RegularFile.ReadLines(text).Index().Where(l => l.Item.Trim().Length > 0).ToList();
        var names = ImageNames.Find(data, lines.Select(l => l.Item.Trim()));
        var taken = new SortedSet<int>();
        foreach (var (number, line) in lines)
        {
            if (!names.TryGetValue(line.Trim(), out int index))
                throw new InvalidDataException($"{text}, line {number + 1}: {data.Name} has no training image {line.Trim()} with a label.");
            if (index < 0) throw new InvalidDataException(
                $"{text}, line {number + 1}: {data.Name} has several images {line.Trim()}; write more of the path.");
            if (data.Label(index) < 0) throw new InvalidDataException($"{text}, line {number + 1}: {line.Trim()} has no label.");
            taken.Add(index);
        }
        return taken.Count > 0 ? new SubsetDataset(data, taken) : throw new InvalidDataException($"{text} names no image.");
    }

    /// <summary>
    /// Writes a list of images for <see cref="Take"/>. A name with line breaks is escaped to one line (<see cref="Printable"/>).
    /// </summary>
    /// <param name="file">A text file, one name on a line; replaced atomically.</param>
    /// <param name="images">The images to list.</param>
    public static void Write(string file, IImageDataset images) =>
        AtomicFile.Write(file, string.Concat(Enumerable.Range(0, images.Count).Select(i => Printable.Of(images.Describe(i)) + "\n")));
}
