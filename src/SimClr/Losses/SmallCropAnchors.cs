using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// The small crops of a multi-crop batch as anchors: the sum of ℓ = log Σₖ exp Sₖ − ½(S_i + S_{i+N}), with k over the 2N views. The dispose
/// scope in which it is created owns its tensors.
/// </summary>
internal sealed class SmallCropAnchors
{
    private readonly Tensor crops, views, positives, logSums;
    private readonly Tensor? images;
    private readonly double temperature;

    /// <summary>Computes the log-sums.</summary>
    /// <param name="crops">(n·N, d), rows of length 1, crop by crop; borrowed.</param>
    /// <param name="views">(2N, d), rows of length 1; borrowed.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="decoupled">Whether the sum over k leaves out the two views of the crop's own image.</param>
    public SmallCropAnchors(Tensor crops, Tensor views, double temperature, bool decoupled)
    {
        (this.crops, this.views, this.temperature) = (crops, views, temperature);
        long total = views.shape[0] / 2, count = crops.shape[0] / total;
        images = decoupled ? arange(total, ScalarType.Int64, views.device).repeat(count) : null;                   // (nN)
        positives = views.unflatten(0, [2, total]).mean([0]).repeat(count, 1);                                     // (nN, d)
        logSums = new KeySoftmax(crops, views, temperature, images).LogSums();                                     // (nN)
    }

    /// <summary>Σ ℓ over the small crops of the anchors' images.</summary>
    public double Loss(AnchorRows anchors) =>
        anchors.Of(logSums - (crops * positives).sum(1).div_(temperature)).sum(float64).item<double>();

    /// <summary>τ·∂Σℓ/∂u for the small crops of the anchors' images: (n·m, d).</summary>
    public Tensor OfCrops(AnchorRows anchors) =>
        new KeySoftmax(anchors.Of(crops), views, temperature, images is null ? null : anchors.Of(images))
            .OfAnchors(anchors.Of(logSums)).sub_(anchors.Of(positives));

    /// <summary>τ·∂Σℓ/∂u for the anchors' views, to which all small crops contribute: (2m, d).</summary>
    public Tensor OfViews(AnchorRows anchors)
    {
        var pulls = crops.unflatten(0, [-1, views.shape[0] / 2]).sum([0]).div_(2);                                 // (N, d)
        return anchors.Of(new KeySoftmax(crops, views, temperature, images).OfKeys(logSums).sub_(pulls.repeat(2, 1)));
    }
}
