using SkiaSharp;

namespace SimClr.Images;

/// <summary>The rows of an image file as they are stored, from the first to the last.</summary>
internal abstract class ImageRows : IDisposable
{
    /// <summary>The name in messages.</summary>
    public required string Name { get; init; }

    /// <summary>Width of the stored image, in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the stored image, in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>C, with the opacity.</summary>
    public required int Channels { get; init; }

    /// <summary>The type of the values.</summary>
    public required PixelType Type { get; init; }

    /// <summary>What the last channel means.</summary>
    public Opacity Opacity { get; init; }

    /// <summary>How the image is stored.</summary>
    public SKEncodedOrigin Origin { get; init; } = SKEncodedOrigin.TopLeft;

    /// <summary>Bytes of a row.</summary>
    public int RowBytes => Width * Channels * new DecodedImage(default, Width, Height, Channels, Type).BytesPerValue;

    /// <summary>Reads a row.</summary>
    /// <param name="y">Its index: 0, then 1, and so on.</param>
    /// <param name="row">Receives (W, C) values, in all <see cref="RowBytes"/> bytes.</param>
    /// <exception cref="InvalidDataException">The row is damaged or cut off.</exception>
    public abstract void Read(int y, Span<byte> row);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
