using System.Text;

namespace SimClr.IO;

/// <summary>Reads small text files, such as recipes and settings, with a limit on their size.</summary>
public static class TextFile
{
    /// <summary>The whole text. The encoding is UTF-8, unless a byte order mark says otherwise.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The largest number of characters.</param>
    /// <exception cref="InvalidDataException">The text is longer, or the path is a pipe or a device.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Read(string path, int most)
    {
        using var reader = new StreamReader(RegularFile.OpenRead(path));
        var (text, block) = (new StringBuilder(), new char[4096]);
        for (int read; (read = reader.ReadBlock(block)) > 0; text.Append(block, 0, read))
        {
            if (text.Length + read > most)
                throw new InvalidDataException($"{path} has more than {most} characters: it is probably another kind of file.");
        }
        return text.ToString();
    }
}
