namespace SimClr.Images;

/// <summary>Reads the frame header of a JPEG.</summary>
/// <remarks>Source: ITU T.81, B.1.1 (markers) and B.2.2 (frames).</remarks>
internal static class JpegKind
{
    private const int Baseline = 0xc0, Extended = 0xc1, LastFrame = 0xcf, Tables = 0xc4, Reserved = 0xc8, Arithmetic = 0xcc;

    /// <summary>Whether all of the image must be in memory before its first row is known.</summary>
    /// <param name="path">A JPEG.</param>
    public static bool IsProgressive(string path)
    {
        using var file = new BufferedStream(File.OpenRead(path), 4096);
        file.Position = 2;
        while (file.ReadByte() is >= 0 and var first)
        {
            if (first != 0xff) continue;
            int marker = file.ReadByte();
            while (marker == 0xff) marker = file.ReadByte();
            if (marker is >= Baseline and <= LastFrame and not (Tables or Reserved or Arithmetic))
                return marker is not (Baseline or Extended);
            if (marker is 0 or 1 or >= 0xd0 and <= 0xd8) continue;
            int length = file.ReadByte() << 8 | file.ReadByte();
            if (length < 2) break;
            file.Seek(length - 2, SeekOrigin.Current);
        }
        return true;
    }
}
