using SimClr.Views;

namespace SimClr.Cli.Drawing;

/// <summary>A rendered view as an image to look at.</summary>
internal static class Picture
{
    /// <summary>Renders a view and makes bytes of it: colours, gray, or the first bands (<see cref="RgbImage.ToRgb"/>).</summary>
    /// <param name="renderer">Of a policy without normalisation: normalised values are no colours.</param>
    /// <param name="image">The decoded image.</param>
    /// <param name="view">What is done with it.</param>
    /// <param name="size">The renderer's side.</param>
    public static RgbImage Of(CpuViewRenderer renderer, RgbImage image, in ViewParameters view, int size)
    {
        int plane = size * size;
        float[] planes = new float[image.Channels * plane];
        renderer.Render(image, view, planes);
        byte[] pixels = new byte[planes.Length];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Round(255 * Math.Clamp(planes[i % image.Channels * plane + i / image.Channels], 0, 1));
        return new RgbImage(pixels, size, size, image.Channels).ToRgb();
    }
}
