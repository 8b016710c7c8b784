using System.Runtime.InteropServices;

namespace SimClr.Images;

/// <summary>
/// libturbojpeg, where the system has it (Debian: libturbojpeg0): the pixels of SkiaSharp's decoder in about half the time. Its interface
/// of version 2, which version 3 still has.
/// </summary>
internal static unsafe class TurboJpeg
{
    private const int Rgb = 0, Rgba = 7; // TJPF_RGB, TJPF_RGBA

    private static readonly delegate* unmanaged<nint> Create;
    private static readonly delegate* unmanaged<nint, byte*, nuint, byte*, int, int, int, int, int, int> Decompress;
    private static readonly delegate* unmanaged<nint, int> Destroy;

    static TurboJpeg()
    {
        foreach (string name in new[] { "libturbojpeg.so.0", "libturbojpeg.so" })
        {
            if (!NativeLibrary.TryLoad(name, out nint library)) continue;
            if (!NativeLibrary.TryGetExport(library, "tjInitDecompress", out nint create) ||
                !NativeLibrary.TryGetExport(library, "tjDecompress2", out nint decompress) ||
                !NativeLibrary.TryGetExport(library, "tjDestroy", out nint destroy)) continue;
            Create = (delegate* unmanaged<nint>)create;
            Decompress = (delegate* unmanaged<nint, byte*, nuint, byte*, int, int, int, int, int, int>)decompress;
            Destroy = (delegate* unmanaged<nint, int>)destroy;
            Name = name;
            return;
        }
    }

    /// <summary>What was loaded; null where there is none.</summary>
    public static string? Name { get; }

    /// <summary>Decodes a JPEG of which nothing is to be said: neither damaged nor cut off, of a kind that becomes RGB.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="width">W, or ⌈W/s⌉ for s in {2, 4, 8}: then the blocks are transformed at that size.</param>
    /// <param name="height">H, or ⌈H/s⌉.</param>
    /// <param name="pixels">Written: width·height pixels of 3 bytes (R, G, B) or 4 (R, G, B, 255), whichever they have room for.</param>
    /// <returns>False where the library is absent, refuses or warns; what was written then is of no use.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, int width, int height, Span<byte> pixels)
    {
        if (Name is null) return false;
        nint decoder = Create();
        if (decoder == 0) return false;
        int format = pixels.Length >= 4L * width * height ? Rgba : Rgb;
        fixed (byte* source = encoded, target = pixels)
        {
            // Pitch 0: rows without padding. Flags 0: the exact transform and interpolated chroma, as SkiaSharp has them.
            bool decoded = Decompress(decoder, source, (nuint)encoded.Length, target, width, 0, height, format, 0) == 0;
            _ = Destroy(decoder);
            return decoded;
        }
    }
}
