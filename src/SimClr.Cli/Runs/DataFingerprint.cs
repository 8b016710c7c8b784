using System.Security.Cryptography;
using SimClr.Data;

namespace SimClr.Cli.Runs;

/// <summary>Tells images from others in a moment: how many they are, and what some of them look like.</summary>
internal static class DataFingerprint
{
    private const int Looked = 32;

    /// <summary>A line for a person, one with the hash of some images' pixels. Reads no label.</summary>
    public static string Of(IImageDataset data)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < Looked; i++)
        {
            try
            {
                var image = data.Read((int)((long)i * data.Count / Looked));
                sha.AppendData(BitConverter.GetBytes(image.Width));
                sha.AppendData(image.Pixels.Span);
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                sha.AppendData([0]); // damaged here, and so it should be everywhere
            }
        }
        return $"{data.Count} images\nimages whose pixels have the hash {Convert.ToHexStringLower(sha.GetHashAndReset())[..16]}";
    }
}
