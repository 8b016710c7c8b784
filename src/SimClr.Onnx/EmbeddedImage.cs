using System.Numerics.Tensors;

namespace SimClr.Onnx;

/// <summary>The result for one image of a batch: its vector, or the reason why there is none.</summary>
public sealed record EmbeddedImage
{
    /// <summary>The path, or the name in messages.</summary>
    public required string Name { get; init; }

    /// <summary>The vector (D), owned by the caller; empty if there is an <see cref="Error"/>.</summary>
    public ReadOnlyMemory<float> Vector { get; init; }

    /// <summary>
    /// The probabilities (C), in the order of <see cref="ImageEmbedder.Classes"/>; empty if the file has no classifier, or if there is an
    /// <see cref="Error"/>.
    /// </summary>
    public ReadOnlyMemory<float> Probabilities { get; init; }

    /// <summary>
    /// Null, or: <see cref="InvalidDataException"/> for a damaged image or one that the encoder cannot take,
    /// <see cref="IOException"/> for a file that cannot be read,
    /// <see cref="InsufficientMemoryException"/> for an image without memory for its pixels. The message names the image.
    /// </summary>
    public Exception? Error { get; init; }

    /// <summary>The vector as float16: half of the bytes, three digits. Values from 65,520 on become infinite.</summary>
    /// <returns>(D); owned by the caller.</returns>
    public Half[] ToHalf() => ToHalf(Vector.Span);

    /// <summary>A vector as float16; see <see cref="ToHalf()"/>.</summary>
    /// <param name="vector">(D) float32.</param>
    /// <returns>(D); owned by the caller.</returns>
    public static Half[] ToHalf(ReadOnlySpan<float> vector)
    {
        var half = new Half[vector.Length];
        TensorPrimitives.ConvertToHalf(vector, half);
        return half;
    }
}
