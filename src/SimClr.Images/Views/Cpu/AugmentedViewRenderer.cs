using System.Numerics.Tensors;
using SimClr.Images;
using SimClr.Randomness;

namespace SimClr.Views;

/// <summary>A <see cref="CpuViewRenderer"/> that applies a user's augmentations before the normalisation. One per thread.</summary>
internal sealed class AugmentedViewRenderer
{
    private readonly AugmentationList augmentations;
    private readonly Preprocessing preprocessing;
    private readonly int channels;
    private readonly CpuViewRenderer renderer;
    private readonly float[] numbers;

    public AugmentedViewRenderer(ViewPolicy policy, Preprocessing preprocessing, int channels, AugmentationList augmentations)
    {
        (this.augmentations, this.preprocessing, this.channels) = (augmentations, preprocessing, channels);
        renderer = new CpuViewRenderer(
            policy, augmentations.Count == 0 ? preprocessing : preprocessing with { Mean = [], StandardDeviation = [] }, channels);
        numbers = new float[augmentations.Numbers];
    }

    /// <summary>Renders one view.</summary>
    /// <param name="image">As for <see cref="CpuViewRenderer.Render(DecodedImage, in ViewParameters, Span{float})"/>.</param>
    /// <param name="view">As for <see cref="CpuViewRenderer.Render(DecodedImage, in ViewParameters, Span{float})"/>.</param>
    /// <param name="random">The generator of the view, at its start.</param>
    /// <param name="destination">As for <see cref="CpuViewRenderer.Render(DecodedImage, in ViewParameters, Span{float})"/>.</param>
    public void Render(DecodedImage image, in ViewParameters view, CounterRandom random, Span<float> destination)
    {
        renderer.Render(image, view, destination);
        if (augmentations.Count == 0) return;
        augmentations.Draw(random, numbers);
        augmentations.Apply(destination, channels, preprocessing.ImageSize, numbers);
        int plane = destination.Length / channels;
        for (int channel = 0; channel < channels; channel++) Normalize(destination.Slice(channel * plane, plane), channel);
    }

    private void Normalize(Span<float> plane, int channel)
    {
        if (preprocessing.Mean.Count > 0) TensorPrimitives.Subtract(plane, (float)preprocessing.Mean[channel], plane);
        if (preprocessing.StandardDeviation.Count > 0)
            TensorPrimitives.Multiply(plane, (float)(1 / preprocessing.StandardDeviation[channel]), plane);
    }
}
