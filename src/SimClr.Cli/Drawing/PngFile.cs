namespace SimClr.Cli.Drawing;

/// <summary>Puts an encoded picture under its name whole or not at all.</summary>
internal static class PngFile
{
    /// <summary>Writes beside <paramref name="path"/>, then renames over it; makes its folder where there is none.</summary>
    public static void Write(string path, ReadOnlySpan<byte> png)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            File.WriteAllBytes(aside, png);
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
