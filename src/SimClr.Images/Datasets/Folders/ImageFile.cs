using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>The bytes of an image that is a file.</summary>
internal static class ImageFile
{
    /// <summary>All bytes.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static byte[] ReadAll(string path)
    {
        try
        {
            return RegularFile.ReadShared(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>The first bytes, as many as fit.</summary>
    /// <returns>The number of bytes read.</returns>
    /// <exception cref="IOException">As for <see cref="ReadAll"/>.</exception>
    public static int ReadHead(string path, Span<byte> head)
    {
        using var file = ImageDecoder.Open(path);
        return RandomAccess.Read(file, head, 0);
    }
}
