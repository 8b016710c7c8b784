namespace SimClr.Datasets;

/// <summary>Images that lie encoded on a disk: their bytes can be had as they are, without decoding. Safe to read from several threads at once.</summary>
public interface IEncodedImages : IImageDataset
{
    /// <summary>The bytes of image <paramref name="index"/> as they are stored; the caller's.</summary>
    /// <exception cref="InvalidDataException">They are not all there; the message names the file and, for a record, the offset.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    byte[] ReadEncoded(int index);

    /// <summary>The first of these bytes, as many as there is room for.</summary>
    /// <param name="index">Which image.</param>
    /// <param name="head">Written from its beginning.</param>
    /// <returns>How many were written: fewer where the image has no more.</returns>
    /// <exception cref="InvalidDataException">As for <see cref="ReadEncoded"/>.</exception>
    /// <exception cref="IOException">As for <see cref="ReadEncoded"/>.</exception>
    int ReadHead(int index, Span<byte> head)
    {
        byte[] all = ReadEncoded(index);
        int count = Math.Min(all.Length, head.Length);
        all.AsSpan(0, count).CopyTo(head);
        return count;
    }

    /// <summary>The image's own name, without folders.</summary>
    string FileName(int index);
}
