namespace SimClr.Data;

/// <summary>Images that lie encoded on a disk: their bytes can be had as they are, without decoding. Safe to read from several threads at once.</summary>
public interface IEncodedImages : IImageDataset
{
    /// <summary>The bytes of image <paramref name="index"/> as they are stored; the caller's.</summary>
    /// <exception cref="InvalidDataException">They are not all there; the message names the file and, for a record, the offset.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    byte[] ReadEncoded(int index);

    /// <summary>The image's own name, without folders.</summary>
    string FileName(int index);
}
