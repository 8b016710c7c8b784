using SimClr.Images;
using SimClr.Views;

namespace SimClr.Onnx;

/// <summary>The reusable memory of one thread that prepares images.</summary>
internal sealed class ImagePreparer(Preprocessing preprocessing, int channels)
{
    private readonly CpuViewRenderer renderer = new(preprocessing, channels);
    private float[] views = [];

    /// <summary>Memory for a decoded image.</summary>
    public DecodeBuffer Buffer { get; } = new();

    /// <summary>The length of a prepared image: C·S·S.</summary>
    public int Length { get; } = channels * preprocessing.ImageSize * preprocessing.ImageSize;

    /// <summary>Memory for prepared images, in the state in which the last call left it.</summary>
    public Memory<float> Views(int count)
    {
        if (views.Length < count * Length) views = new float[count * Length];
        return views.AsMemory(0, count * Length);
    }

    /// <summary>Prepares an image: the middle square, resized and normalised.</summary>
    public void Render(DecodedImage image, Span<float> view) => renderer.Render(image, view);
}
