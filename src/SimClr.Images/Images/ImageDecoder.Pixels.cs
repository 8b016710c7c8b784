using System.Buffers;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace SimClr.Images;

public static partial class ImageDecoder
{
    private const int Large = 1 << 26; // bytes; larger images are never held twice
    private const int StripBytes = 1 << 20;

    private static DecodedImage Decode(
        SKCodec codec, ReadOnlySpan<byte> encoded, string name, DecodeBuffer buffer, DecodeOptions? options)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        CheckPixels(name, width, height);
        try
        {
            return options is { Channels.Count: > 0 } ? Chosen(codec, encoded, name, buffer, options)
                : Pixels(codec, encoded, name, buffer);
        }
        catch (OutOfMemoryException e) when (e is not InsufficientMemoryException)
        {
            throw new InsufficientMemoryException($"{name}: there is no memory for {width} × {height} pixels; fewer --threads, " +
                $"or a lower --max-image-megapixels that leaves such images out.", e);
        }
    }

    // Gray files have one channel here, opaque ones three, others four.
    private static DecodedImage Chosen(SKCodec codec, ReadOnlySpan<byte> encoded, string name, DecodeBuffer buffer, DecodeOptions options)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        bool isOpaque = codec.Info.AlphaType == SKAlphaType.Opaque, isGray = codec.Info.ColorType == SKColorType.Gray8;
        DecodedImage stored;
        var origin = SKEncodedOrigin.TopLeft;
        if (isOpaque)
        {
            stored = Pixels(codec, encoded, name, new DecodeBuffer { Reduction = buffer.Reduction });
        }
        else
        {
            var format = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            byte[] rgba = GC.AllocateUninitializedArray<byte>(format.BytesSize);
            DecodeBySkia(codec, encoded, format, rgba, name);
            stored = new DecodedImage(rgba, width, height, 4);
            origin = codec.EncodedOrigin == SKEncodedOrigin.TopLeft ? ExifOrientation.Of(encoded) : codec.EncodedOrigin;
        }
        if (isGray) stored = FirstChannel(stored);
        using var rows = new MemoryRows(stored.Bytes)
        {
            Name = name,
            Width = stored.Width,
            Height = stored.Height,
            Channels = stored.Channels,
            Type = stored.Type,
            Opacity = isOpaque ? Opacity.None : Opacity.Straight,
            Origin = origin,
        };
        return RowDecoder.Decode(rows, buffer, options);
    }

    private static DecodedImage FirstChannel(DecodedImage rgb)
    {
        byte[] gray = new byte[rgb.Width * rgb.Height];
        for (int i = 0; i < gray.Length; i++) gray[i] = rgb.Bytes.Span[3 * i];
        return new DecodedImage(gray, rgb.Width, rgb.Height, 1);
    }

    private static DecodedImage Pixels(SKCodec codec, ReadOnlySpan<byte> encoded, string name, DecodeBuffer buffer)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        var origin = codec.EncodedOrigin;
        if (origin == SKEncodedOrigin.TopLeft) origin = ExifOrientation.Of(encoded);
        bool jpeg = codec.EncodedFormat == SKEncodedImageFormat.Jpeg;
        if (jpeg) (width, height) = Reduced(width, height, origin, buffer.Reduction);

        if (jpeg && origin == SKEncodedOrigin.TopLeft)
        {
            var rgb = buffer.Take(3 * width * height);
            if (TurboJpeg.TryDecode(encoded, width, height, rgb.Span)) return new DecodedImage(rgb, width, height);
        }

        // Without a colour space, Skia converts no colours.
        var format = new SKImageInfo(
            width, height, SKColorType.Rgba8888, codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        if (format.BytesSize64 > Large) return LargePixels(codec, encoded, format, origin, name, buffer);
        var rented = ArrayPool<byte>.Shared.Rent(format.BytesSize);
        try
        {
            var rgba = rented.AsSpan(0, format.BytesSize);
            if (!jpeg || origin == SKEncodedOrigin.TopLeft || !TurboJpeg.TryDecode(encoded, width, height, rgba))
                DecodeBySkia(codec, encoded, format, rgba, name);
            return Upright(rgba, format, origin, buffer.Take(3 * width * height));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Uses as little memory as possible: strip by strip if the decoder can do that, else in place if the image is upright.
    private static DecodedImage LargePixels(
        SKCodec codec, ReadOnlySpan<byte> encoded, SKImageInfo format, SKEncodedOrigin origin, string name, DecodeBuffer buffer)
    {
        int bytes = 3 * format.Width * format.Height;
        if (origin != SKEncodedOrigin.TopLeft)
        {
            byte[] rgba = GC.AllocateUninitializedArray<byte>(format.BytesSize);
            if (codec.EncodedFormat != SKEncodedImageFormat.Jpeg || !TurboJpeg.TryDecode(encoded, format.Width, format.Height, rgba))
                DecodeBySkia(codec, encoded, format, rgba, name);
            return Upright(rgba, format, origin, buffer.Take(bytes));
        }
        if (codec.EncodedFormat != SKEncodedImageFormat.Bmp && codec.ScanlineOrder == SKCodecScanlineOrder.TopDown
            && codec.StartScanlineDecode(format) == SKCodecResult.Success)
            return Strips(codec, format, name, buffer.Take(bytes));
        var pixels = buffer.Take(format.BytesSize);
        DecodeBySkia(codec, encoded, format, pixels.Span, name);
        return Upright(pixels.Span, format, origin, pixels[..bytes]);
    }

    private static DecodedImage Upright(Span<byte> rgba, SKImageInfo format, SKEncodedOrigin origin, Memory<byte> rgb)
    {
        RgbaPixels.ToRgb(rgba, 0, format.Width, format.Height, format.IsOpaque, origin, rgb.Span);
        return RgbaPixels.IsSideways(origin) ? new DecodedImage(rgb, format.Height, format.Width)
            : new DecodedImage(rgb, format.Width, format.Height);
    }

    private static unsafe DecodedImage Strips(SKCodec codec, SKImageInfo format, string name, Memory<byte> rgb)
    {
        int rows = Math.Max(1, StripBytes / format.RowBytes);
        byte[] strip = GC.AllocateUninitializedArray<byte>(rows * format.RowBytes);
        fixed (byte* pixels = strip)
        {
            for (int top = 0; top < format.Height; top += rows)
            {
                int count = Math.Min(rows, format.Height - top), read = codec.GetScanlines((nint)pixels, count, format.RowBytes);
                if (read < count) throw new InvalidDataException(
                    $"{name}: the image is damaged or cut off; the first {top + read} of its {format.Height} rows can be read.");
                RgbaPixels.ToRgb(strip.AsSpan(0, count * format.RowBytes), top, format.Width, format.Height, format.IsOpaque,
                    SKEncodedOrigin.TopLeft, rgb.Span);
            }
        }
        return new DecodedImage(rgb, format.Width, format.Height);
    }

    private static (int Width, int Height) Reduced(int width, int height, SKEncodedOrigin origin, Func<int, int, int>? reduction)
    {
        if (reduction is null) return (width, height);
        int by = RgbaPixels.IsSideways(origin) ? reduction(height, width) : reduction(width, height);
        // In a rotated image, an incomplete last block would be at the left or the top, and shift all others.
        while (origin != SKEncodedOrigin.TopLeft && (width % by > 0 || height % by > 0)) by /= 2;
        return ((width + by - 1) / by, (height + by - 1) / by);
    }

    private static unsafe void DecodeBySkia(SKCodec codec, ReadOnlySpan<byte> encoded, SKImageInfo format, Span<byte> rgba, string name)
    {
        fixed (byte* pixels = rgba)
        {
            var decoded = codec.GetPixels(format, (nint)pixels);
            if (decoded == SKCodecResult.IncompleteInput && MissingEnd(codec, encoded) is { Length: > 0 } end)
                decoded = DecodeWith([.. encoded, .. end], format, (nint)pixels);
            if (decoded == SKCodecResult.Success)
            {
                if (codec.EncodedFormat == SKEncodedImageFormat.Bmp) BitmapFile.Complete(encoded, rgba);
                if (codec.EncodedFormat == SKEncodedImageFormat.Gif && !format.IsOpaque) GifFile.FillUncovered(encoded, rgba);
                return;
            }
            if (decoded == SKCodecResult.IncompleteInput) throw new InvalidDataException(
                $"{name}: the image is cut off; not all of its {codec.Info.Width} × {codec.Info.Height} pixels are there.");
            // Skia's decoders report damage when they get no memory, too.
            NativeMemory.Free(NativeMemory.Alloc((nuint)format.BytesSize64));
            throw new InvalidDataException($"{name}: the image is damaged ({decoded}).");
        }
    }

    /// <summary>Gives pixels without opacity a colour.</summary>
    /// <param name="rgba">(H, W, 4).</param>
    /// <param name="color">R, G, B.</param>
    internal static void FillTransparent(Span<byte> rgba, ReadOnlySpan<byte> color)
    {
        for (int p = 0; p < rgba.Length; p += 4)
        {
            if (rgba[p + 3] == 0) (rgba[p], rgba[p + 1], rgba[p + 2], rgba[p + 3]) = (color[0], color[1], color[2], 255);
        }
    }

    // Bytes whose absence loses no pixel, and which Pillow does not need: the end mark of a GIF, and the padding of the last row of a
    // bitmap.
    private static byte[] MissingEnd(SKCodec codec, ReadOnlySpan<byte> encoded) => codec.EncodedFormat switch
    {
        SKEncodedImageFormat.Gif => [0, (byte)';'],
        SKEncodedImageFormat.Bmp when encoded.Length > 30 => new byte[(4 - (codec.Info.Width * encoded[28] + 7) / 8 % 4) % 4],
        _ => [],
    };

    private static unsafe SKCodecResult DecodeWith(byte[] encoded, SKImageInfo format, nint pixels)
    {
        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var codec = SKCodec.Create(data);
            return codec?.GetPixels(format, pixels) ?? SKCodecResult.InvalidInput;
        }
    }
}
