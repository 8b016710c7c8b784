using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>
/// The colours of many views at once, (V, C, S, S) in [0, 1]; the definitions are those of <see cref="ColorOperations{V}"/>.
/// </summary>
/// <param name="contrastMean">The mean that contrast is changed around.</param>
internal sealed class TensorColors(ContrastMean contrastMean)
{
    /// <summary>
    /// Jitter and grayscale. At each of the four positions, brightness, contrast and saturation are one operation: x ← clip(centre + (x −
    /// centre)·factor). The centre is 0, the mean, or the pixel's gray. Views whose hue changes at this position have factor 1; their hue
    /// is changed separately.
    /// </summary>
    /// <param name="x">Borrowed.</param>
    /// <param name="views">V views, of which some have jitter or grayscale.</param>
    /// <returns>Owned by the caller.</returns>
    public Tensor Apply(Tensor x, ViewParameterTensors views)
    {
        using var scope = NewDisposeScope();
        for (int position = 0; views.Jittered && position < views.Turned.Count; position++)
        {
            using var step = NewDisposeScope();
            var gray = x.shape[1] == 3 ? Gray(x) : null; // (V, 1, S, S)
            var mean = (gray is null || contrastMean == ContrastMean.Channel ? x : gray).mean([2, 3], keepdim: true); // (V, 1 or C, 1, 1)
            var center = mean * views.Factors(ViewParameterTensors.Row.AroundMean, position);
            center = gray is null ? center.expand_as(x) : center + gray * views.Factors(ViewParameterTensors.Row.AroundGray, position);
            var next = center.lerp(x, views.Factors(ViewParameterTensors.Row.Factor, position)).clamp_(0, 1);
            var turned = views.Turned[position];
            if (turned.numel() > 0)
            {
                var sixths = views.Factors(ViewParameterTensors.Row.Hue).index_select(0, turned);
                next.index_copy_(0, turned, Turn(next.index_select(0, turned), sixths));
            }
            x = next.MoveToOuterDisposeScope();
        }
        if (views.HasGray) x = where(views.Factors(ViewParameterTensors.Row.Gray).gt(0), Gray(x), x);
        return x.MoveToOuterDisposeScope();
    }

    private static Tensor Gray(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (r, g, b) = (x.narrow(1, 0, 1), x.narrow(1, 1, 1), x.narrow(1, 2, 1));
        return (r * ColorOperations<Floats4>.WeightR).add_(g, ColorOperations<Floats4>.WeightG).add_(b, ColorOperations<Floats4>.WeightB)
            .MoveToOuterDisposeScope();
    }

    // The hue of ColorOperations, with the same symbols.
    private static Tensor Turn(Tensor x, Tensor sixths)
    {
        using var scope = NewDisposeScope();
        var (r, g, b) = (x.narrow(1, 0, 1), x.narrow(1, 1, 1), x.narrow(1, 2, 1));
        var (high, low) = (x.amax([1], keepdim: true), x.amin([1], keepdim: true));
        var c = high - low;
        var hue = where(high.eq(r), g - b, where(high.eq(g), c * 2 + (b - r), c * 4 + (r - g))); // in [−C, 5C]
        hue = hue + c * sixths; // in [−C, 11C]
        hue = where(hue.ge(c * 5), hue - c * 6, hue);
        return cat(
            [
                low + Clip((hue - c * 3).abs_() - c, c),
                low + Clip(c * 2 - (hue - c * 2).abs_(), c),
                low + Clip((c * 2 - (hue - c * 4).abs_()).maximum(-hue), c),
            ],
            1).MoveToOuterDisposeScope();
    }

    private static Tensor Clip(Tensor x, Tensor high) => x.clamp_min(0).minimum(high);
}
