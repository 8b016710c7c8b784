using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// The classes of a part whose images are not in class folders, in Tiny ImageNet's layout: beside the images of <c>val</c> is the list
/// <c>val_annotations.txt</c>, with the file name and the class of an image on each line, and further fields after tabs.
/// </summary>
internal static class Annotations
{
    /// <summary>The path of the list of a part; null if there is none.</summary>
    /// <param name="root">The folder that the part is relative to.</param>
    /// <param name="part">The folder of the part; empty for the root.</param>
    public static string? Of(string root, string part) =>
        part.Length > 0 && Path.Combine(root, part, Path.GetFileName(part) + "_annotations.txt") is var list && File.Exists(list)
            ? list : null;

    /// <summary>The class of each image by its file name.</summary>
    /// <exception cref="InvalidDataException">A line names no image or no class, or an image again. The message names the line.</exception>
    public static Dictionary<string, string> Read(string list)
    {
        var classes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, line) in RegularFile.ReadLines(list).Index())
        {
            if (line.Length == 0) continue;
            if (line.Split('\t') is not [{ Length: > 0 } file, { Length: > 0 } name, ..])
                throw new InvalidDataException($"{list}, line {index + 1}: an image and its class are expected, with a tab between.");
            if (!classes.TryAdd(file, name) && classes[file] != name)
                throw new InvalidDataException($"{list}, line {index + 1}: {file} has two classes, {classes[file]} and {name}.");
        }
        return classes;
    }
}
