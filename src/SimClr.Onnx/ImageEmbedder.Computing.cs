using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Onnx;

// A batch, decoded, prepared and encoded on one thread that has passed the gate.
public sealed partial class ImageEmbedder
{
    private EmbeddedImage[] Compute(ImageInput[] inputs, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed == 1, this);
        if (!preparers.TryTake(out var preparer)) preparer = new ImagePreparer(Preprocessing, graph.Channels);
        try
        {
            var results = new EmbeddedImage[inputs.Length];
            if (graph.TakesPixels)
                for (int i = 0; i < results.Length; i++) results[i] = OfPixels(inputs[i], preparer, cancellationToken);
            else OfViews(inputs, results, preparer, cancellationToken);
            return results;
        }
        finally
        {
            preparers.Add(preparer);
        }
    }

    // The graph prepares the image.
    private EmbeddedImage OfPixels(ImageInput input, ImagePreparer preparer, CancellationToken cancellationToken)
    {
        if (Decode(input, preparer, cancellationToken, out var image) is { } error)
            return new EmbeddedImage { Name = input.Name, Error = error };
        if (image.Type != graph.PixelType)
        {
            return Failed(input.Name, $"{input.Name} has {image.Type} values; this file prepares its images inside, and takes " +
                $"{graph.PixelType} values. Export it without --preprocess.");
        }
        try
        {
            var (vectors, probabilities) = OfPixels(image, cancellationToken);
            return Result(input.Name, vectors, probabilities);
        }
        catch (ConfigurationException e)
        {
            _ = OfPixels(Black(image.Type), cancellationToken); // if this fails too, the image is not the reason
            return Failed(input.Name, $"{input.Name}: {e.Message}");
        }
    }

    private (float[] Vectors, float[] Probabilities) OfPixels(DecodedImage image, CancellationToken cancellationToken)
    {
        long[] shape = [1, image.Height, image.Width, graph.Channels];
        return image.Type switch
        {
            PixelType.UInt8 => graph.Run(MemoryMarshal.AsMemory(image.Pixels), shape, cancellationToken),
            PixelType.UInt16 => graph.Run<ushort>(image.Values<ushort>().ToArray(), shape, cancellationToken),
            _ => graph.Run<float>(image.Values<float>().ToArray(), shape, cancellationToken),
        };
    }

    private DecodedImage Black(PixelType type)
    {
        const int side = 224; // the file takes any
        int values = side * side * graph.Channels;
        return type switch
        {
            PixelType.UInt8 => DecodedImage.Of<byte>(new byte[values], side, side, graph.Channels),
            PixelType.UInt16 => DecodedImage.Of<ushort>(new ushort[values], side, side, graph.Channels),
            _ => DecodedImage.Of<float>(new float[values], side, side, graph.Channels),
        };
    }

    // Prepared here: the readable images are one pass of the encoder.
    private void OfViews(
        ImageInput[] inputs, EmbeddedImage[] results, ImagePreparer preparer, CancellationToken cancellationToken)
    {
        var readable = new List<int>(inputs.Length);
        var views = preparer.Views(Math.Max(inputs.Length, graph.Batch));
        for (int i = 0; i < inputs.Length; i++)
        {
            if (Decode(inputs[i], preparer, cancellationToken, out var image) is { } error)
            {
                results[i] = new EmbeddedImage { Name = inputs[i].Name, Error = error };
                continue;
            }
            preparer.Render(image, views.Span.Slice(readable.Count * preparer.Length, preparer.Length));
            readable.Add(i);
        }
        if (readable.Count == 0) return;

        int count = graph.Batch > 0 ? graph.Batch : readable.Count; // what is left over in a batch of fixed size is not looked at
        var (vectors, probabilities) = graph.Run(views[..(count * preparer.Length)],
            [count, graph.Channels, Preprocessing.ImageSize, Preprocessing.ImageSize], cancellationToken);
        for (int row = 0; row < readable.Count; row++)
        {
            results[readable[row]] = Result(inputs[readable[row]].Name, vectors.AsSpan(row * Dimensions, Dimensions).ToArray(),
                probabilities.AsSpan(row * graph.Classes, graph.Classes).ToArray());
        }
    }

    private Exception? Decode(ImageInput input, ImagePreparer preparer, CancellationToken cancellationToken, out DecodedImage image)
    {
        cancellationToken.ThrowIfCancellationRequested();
        image = default;
        try
        {
            image = EncoderImages.For(input.Decode(preparer.Buffer).Checked(), graph.Channels, input.Name);
            _ = Preprocessing.RangeOf(image.Type);
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or InsufficientMemoryException)
        {
            return e;
        }
        catch (ArgumentException e) // a path that is none, or bytes that do not fit the image's size
        {
            return new InvalidDataException($"'{Printable.Of(input.Name)}': {e.Message}", e);
        }
    }

    private EmbeddedImage Result(string name, float[] vector, float[] probabilities)
    {
        float norm = TensorPrimitives.Norm<float>(vector);
        if (!TensorPrimitives.IsFiniteAll<float>(vector))
        {
            return Failed(name, $"The encoder's output for {name} is not finite. " +
                "Its training diverged, or its weights are for other inputs.");
        }
        if (options.Normalize && norm > 0) TensorPrimitives.Divide(vector, norm, vector);
        return new EmbeddedImage { Name = name, Vector = vector, Probabilities = probabilities };
    }

    private static EmbeddedImage Failed(string name, string reason) =>
        new() { Name = name, Error = new InvalidDataException(reason) };
}
