using System.Runtime.InteropServices;
using SimClr.Images;
using SimClr.Randomness;

namespace SimClr.Tests.Datasets;

/// <summary>JPEGs of gradients and noise. libturbojpeg encodes them, because it writes variants that SkiaSharp's encoder cannot.</summary>
internal static unsafe class NoisyJpegs
{
    // TJSAMP_444, _422, _420, _440, _411, _420, _GRAY; TJFLAG_PROGRESSIVE is 16384.
    private static readonly (string Kind, int Sampling, int Flags)[] Kinds =
        [("4:4:4", 0, 0), ("4:2:2", 1, 0), ("4:2:0", 2, 0), ("4:4:0", 4, 0), ("4:1:1", 5, 0), ("progressive", 2, 16384), ("gray", 3, 0)];

    /// <summary>Some of each size from 1 to 18 pixels a side, and larger odd sizes.</summary>
    public static IEnumerable<(byte[] Encoded, int Width, int Height)> Of(string kind)
    {
        var (_, sampling, flags) = Kinds.Single(k => k.Kind == kind);
        int[] sides = [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 18, 33, 101];
        foreach (int width in sides)
            foreach (int height in sides)
                yield return (Encode(width, height, sampling, flags, quality: 30 + (7 * width + height) % 71), width, height);
    }

    public static byte[] Encode(int width, int height, int sampling, int flags, int quality)
    {
        var random = CounterRandom.For(width, 31, height);
        byte[] pixels = [.. Enumerable.Range(0, 3 * width * height).Select(i => (byte)((i * 2 + (i % 3) * 90 + random.Below(120)) & 255))];
        nint library = NativeLibrary.Load(TurboJpeg.Name!);
        nint encoder = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "tjInitCompress"))();
        byte* encoded = null;
        nuint length = 0;
        fixed (byte* source = pixels)
        {
            var compress = (delegate* unmanaged<nint, byte*, int, int, int, int, byte**, nuint*, int, int, int, int>)NativeLibrary.GetExport(library, "tjCompress2");
            compress(encoder, source, width, 0, height, 0, &encoded, &length, sampling, quality, flags).ShouldBe(0);
        }
        byte[] file = new Span<byte>(encoded, (int)length).ToArray();
        ((delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(library, "tjFree"))(encoded);
        ((delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "tjDestroy"))(encoder);
        return file;
    }
}
