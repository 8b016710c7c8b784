using System.Security.Cryptography;
using System.Text;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Identifies a set of images quickly: by their number and the pixels of some, or by their names.</summary>
public static class DatasetFingerprint
{
    private const int Looked = 32;

    /// <summary>A short text for people, with a hash of some images' pixels. Reads no labels.</summary>
    /// <param name="data">The images.</param>
    public static string Of(IImageDataset data)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new DecodeBuffer();
        for (int i = 0; i < Looked; i++)
        {
            try
            {
                var image = data.Read((int)((long)i * data.Count / Looked), buffer);
                sha.AppendData(BitConverter.GetBytes(image.Width));
                sha.AppendData(image.Bytes.Span);
            }
            catch (InvalidDataException)
            {
                sha.AppendData([0]); // damaged here, so it should be damaged everywhere
            }
        }
        return $"{data.Count} images\nimages whose pixels have the hash {Convert.ToHexStringLower(sha.GetHashAndReset())[..16]}";
    }
    /// <summary>
    /// The SHA-256 of the image names in order. Names are relative to the common folder, so the hash does not depend on where the data is.
    /// Reads no images.
    /// </summary>
    /// <param name="data">The images.</param>
    public static string OfNames(IImageDataset data)
    {
        string PlaceOf(int index) => PortablePath.Of(data.Place(index));
        string first = PlaceOf(0);
        int common = first.Length;
        for (int i = 1; i < data.Count; i++) common = first.AsSpan(0, common).CommonPrefixLength(PlaceOf(i));
        int from = first.LastIndexOf('/', Math.Max(0, common - 1)) + 1;
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < data.Count; i++) sha.AppendData(Encoding.UTF8.GetBytes($"{PlaceOf(i)[from..]}\n"));
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
