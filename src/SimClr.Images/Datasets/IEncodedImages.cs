namespace SimClr.Datasets;

/// <summary>Images that are stored encoded: their bytes can be read without decoding. Safe to read from several threads at once.</summary>
public interface IEncodedImages : IImageDataset
{
    /// <summary>The stored bytes of image <paramref name="index"/>; owned by the caller.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    /// <exception cref="InvalidDataException">
    /// The bytes are incomplete. The message names the file and, for a record, the offset.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    byte[] ReadEncoded(int index);

    /// <summary>Reads the first of these bytes, as many as fit.</summary>
    /// <param name="index">The image.</param>
    /// <param name="head">Written from its beginning.</param>
    /// <returns>The number of bytes written: fewer if the image is shorter.</returns>
    /// <exception cref="InvalidDataException">As for <see cref="ReadEncoded"/>.</exception>
    /// <exception cref="IOException">As for <see cref="ReadEncoded"/>.</exception>
    int ReadHead(int index, Span<byte> head)
    {
        byte[] all = ReadEncoded(index);
        int count = Math.Min(all.Length, head.Length);
        all.AsSpan(0, count).CopyTo(head);
        return count;
    }

    /// <summary>The file name of the image, without folders.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    string FileName(int index);
}
