using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>The names of classes where they are listed by label.</summary>
internal static class ClassNames
{
    /// <summary>Reads a text file with one name a line, in the order of the labels.</summary>
    /// <param name="path">The file. Empty lines at its end do not count.</param>
    /// <exception cref="InvalidDataException">A line before the last name is empty: all names after it would have other labels.</exception>
    public static string[] Read(string path)
    {
        List<string> names = [.. RegularFile.ReadLines(path).Select(line => line.Trim())];
        while (names is [.., ""]) names.RemoveAt(names.Count - 1);
        return names.IndexOf("") is >= 0 and var empty
            ? throw new InvalidDataException($"{path}:{empty + 1}: the line is empty, and each line is the name of a class.")
            : Apart(names);
    }

    /// <summary>
    /// The names, each once. One that an earlier class has gets its label, as in <c>crane (517)</c>: ImageNet has two classes with this
    /// name, a bird and a machine.
    /// </summary>
    /// <param name="names">The names by label.</param>
    public static string[] Apart(IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. names.Select((name, label) =>
        {
            while (!seen.Add(name)) name = $"{name} ({label})";
            return name;
        })];
    }
}
