using SimClr.Data;
using SimClr.Views;

namespace SimClr.Cli.Drawing;

/// <summary>Views as pictures.</summary>
internal static class Thumbnail
{
    /// <summary>The middle squares of some images, <paramref name="side"/> pixels wide, made one by one as they are asked for.</summary>
    public static IEnumerable<RgbImage> Of(IImageDataset data, IEnumerable<int> indices, int side)
    {
        var renderer = new CpuViewRenderer(new ViewPolicy(), side);
        foreach (int index in indices)
        {
            var image = data.Read(index);
            yield return Render(renderer, image, ViewPolicy.Center(image.Width, image.Height, side), side);
        }
    }

    /// <summary>One view as a picture: rounded to bytes.</summary>
    /// <param name="renderer">Its policy must not normalise: normalised values are no colours.</param>
    /// <param name="image">The image.</param>
    /// <param name="parameters">What is made of it.</param>
    /// <param name="size">S, the renderer's.</param>
    public static RgbImage Render(CpuViewRenderer renderer, RgbImage image, ViewParameters parameters, int size)
    {
        int plane = size * size;
        float[] planes = new float[3 * plane];
        renderer.Render(image, parameters, planes);
        byte[] pixels = new byte[planes.Length];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Round(255 * Math.Clamp(planes[i % 3 * plane + i / 3], 0, 1));
        return new RgbImage(pixels, size, size);
    }
}
