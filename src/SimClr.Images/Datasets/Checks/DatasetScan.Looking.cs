using System.Buffers.Binary;
using System.Security.Cryptography;
using SimClr.Images;
using SimClr.Randomness;
using SkiaSharp;

namespace SimClr.Datasets;

public sealed partial class DatasetScan
{
    [ThreadStatic]
    private static DecodeBuffer? buffer;

    private DecodeOptions? decoding;

    private void Look(int index, double share)
    {
        try
        {
            if (Data is not IEncodedImages files)
            {
                var raw = Data.Read(index, buffer ??= new DecodeBuffer());
                (hashes[index], shorter[index], longer[index]) =
                    (Hash(raw.Bytes.Span), Math.Min(raw.Width, raw.Height), Math.Max(raw.Width, raw.Height));
                Count(raw);
                return;
            }
            byte[] bytes = files.ReadEncoded(index);
            hashes[index] = Hash(bytes);
            if (CounterRandom.For(0, RandomPurpose.ScannedImages, index).Chance(share) || !ReadHead(bytes, index))
                Count(Decode(bytes, index));
        }
        catch (InvalidDataException e)
        {
            Interlocked.Increment(ref decoded);
            lock (damaged) damaged.Add(new BadImage(index, e.Message));
        }
    }

    private DecodedImage Decode(byte[] bytes, int index)
    {
        var image = ImageDecoder.Decode(bytes, Data.Describe(index), buffer ??= new DecodeBuffer(), decoding);
        (shorter[index], longer[index]) = (Math.Min(image.Width, image.Height), Math.Max(image.Width, image.Height));
        return image;
    }

    // An image with an unknown header is decoded; the decoder says what is wrong.
    private bool ReadHead(byte[] bytes, int index)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        if (codec is null) return false;
        (shorter[index], longer[index]) = (Math.Min(codec.Info.Width, codec.Info.Height), Math.Max(codec.Info.Width, codec.Info.Height));
        return true;
    }

    private void Count(DecodedImage image)
    {
        Interlocked.Increment(ref decoded);
        if (image.Channels == 1 || (image.Channels == 3 && IsGray(image))) Interlocked.Increment(ref gray);
    }

    private static bool IsGray(DecodedImage image) => image.Type switch
    {
        PixelType.UInt8 => IsGray(image.Values<byte>()),
        PixelType.UInt16 => IsGray(image.Values<ushort>()),
        _ => IsGray(image.Values<float>()),
    };

    private static bool IsGray<T>(ReadOnlySpan<T> rgb) where T : unmanaged, IEquatable<T>
    {
        for (int i = 0; i < rgb.Length; i += 3)
        {
            if (!rgb[i].Equals(rgb[i + 1]) || !rgb[i].Equals(rgb[i + 2])) return false;
        }
        return true;
    }

    private static UInt128 Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> sha = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, sha);
        return BinaryPrimitives.ReadUInt128BigEndian(sha) | 1;
    }
}
