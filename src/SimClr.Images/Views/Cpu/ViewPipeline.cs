using System.Runtime.InteropServices;
using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// The stages of a view. After resampling the view is transposed; the colour operations do not depend on that. The blur is one pass across
/// the lines before the view is transposed back, and one after. A rotated view stays transposed.
/// </summary>
internal sealed class ViewPipeline<V> : IViewPipeline where V : struct, IFloats<V>
{
    private readonly ViewPolicy policy;
    private readonly Preprocessing preprocessing;
    private readonly Interpolation filter;
    private readonly int size;
    private readonly Resampler<V> resampler = new();
    private readonly ViewColors<V> colors;
    private readonly GaussianBlur<V> blur;
    private readonly RgbPlanes turned, upright;

    public ViewPipeline(ViewPolicy policy, Preprocessing preprocessing)
    {
        (this.policy, this.preprocessing, filter, size) = (policy, preprocessing, preprocessing.Interpolation, preprocessing.ImageSize);
        colors = new ViewColors<V>(policy, preprocessing);
        blur = new GaussianBlur<V>(GaussianBlur<V>.KernelSize(size));
        turned = new RgbPlanes(size, size, V.Lanes, blur.Margin);
        upright = new RgbPlanes(size, size, V.Lanes, blur.Margin);
    }

    public void Render(DecodedImage image, in ViewParameters view, Span<float> destination)
    {
        bool blurred = view.BlurSigma > 0, fits = turned.Stride == size;
        var (mirrored, upsideDown, transposed) = ViewOrientation.Of(view);
        var range = preprocessing.RangeOf(image.Type);
        switch (image.Type)
        {
            case PixelType.UInt8:
                resampler.Resize(image.Values<byte>(), image.Width, view.Crop, mirrored, upsideDown, filter, range, turned, size);
                break;
            case PixelType.UInt16:
                resampler.Resize(image.Values<ushort>(), image.Width, view.Crop, mirrored, upsideDown, filter, range, turned, size);
                break;
            default:
                resampler.Resize(image.Values<float>(), image.Width, view.Crop, mirrored, upsideDown, filter, range, turned, size);
                break;
        }
        colors.Apply(turned.Spans, size * size, view, finish: !blurred);
        if (blurred) blur.Prepare(view.BlurSigma);
        for (int channel = 0; channel < 3; channel++)
        {
            ref float lying = ref turned.First(channel);
            if (transposed)
            {
                Rotated(channel, blurred, ref fits ? ref destination[channel * size * size] : ref upright.First(channel));
                continue;
            }
            ref float target = ref fits ? ref destination[channel * size * size] : ref upright.First(channel);
            if (blurred) Blur(ref lying, ref upright.First(channel), ref target);
            else Transposition<V>.Copy(ref lying, turned.Stride, ref target, turned.Stride, size, size);
        }
        if (blurred) colors.Finish(fits ? Channels(destination) : upright.Spans, view.Solarize);
        if (!fits) CopyRows(destination);
    }

    // A rotated view stays transposed. To blur it, it is transposed back and then transposed again.
    private void Rotated(int channel, bool blurred, ref float target)
    {
        if (blurred)
        {
            ref float lying = ref turned.First(channel), standing = ref upright.First(channel);
            Blur(ref lying, ref standing, ref standing);
            Transposition<V>.Copy(ref standing, turned.Stride, ref lying, turned.Stride, size, size);
        }
        turned.Plane(channel).CopyTo(MemoryMarshal.CreateSpan(ref target, size * turned.Stride));
    }

    private void Blur(ref float plane, ref float other, ref float target)
    {
        int stride = turned.Stride;
        blur.Apply(ref plane, ref other, stride, size, policy.BlurPadding);
        Transposition<V>.Copy(ref other, stride, ref plane, stride, size, size);
        blur.Apply(ref plane, ref target, stride, size, policy.BlurPadding);
    }

    private RgbSpans Channels(Span<float> planes)
    {
        int n = size * size;
        return new(planes[..n], planes.Slice(n, n), planes[(2 * n)..]);
    }

    private void CopyRows(Span<float> destination)
    {
        for (int row = 0; row < 3 * size; row++)
            upright.Plane(row / size).Slice(row % size * upright.Stride, size).CopyTo(destination[(row * size)..]);
    }
}
