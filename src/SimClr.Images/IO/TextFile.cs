using System.Text;

namespace SimClr.IO;

/// <summary>Reads texts that are small if they are what they are taken for: a recipe, a run's settings.</summary>
public static class TextFile
{
    /// <summary>The whole text; UTF-8, or what its byte order mark says.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The most characters that such a text has.</param>
    /// <exception cref="InvalidDataException">It has more, or is a pipe or a device.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Read(string path, int most)
    {
        using var reader = new StreamReader(RegularFile.OpenRead(path));
        var (text, block) = (new StringBuilder(), new char[4096]);
        for (int read; (read = reader.ReadBlock(block)) > 0; text.Append(block, 0, read))
        {
            if (text.Length + read > most) throw new InvalidDataException($"{path} has more than {most} characters: it is something else than it is taken for.");
        }
        return text.ToString();
    }
}
