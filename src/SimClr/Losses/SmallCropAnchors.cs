using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// The small crops of a multi-crop batch as anchors: ℓ = log Σₖ exp Sₖ − ½(S_i + S_{i+N}) over the 2N views and the memory's
/// rows, summed. Its tensors live in the dispose scope that it is made in.
/// </summary>
internal sealed class SmallCropAnchors
{
    private readonly Tensor crops, views, positives, logSums;
    private readonly Tensor? memory;
    private readonly double temperature;

    /// <summary>Computes the log-sums.</summary>
    /// <param name="crops">(n·N, d), rows of length 1, crop by crop; borrowed.</param>
    /// <param name="views">(2N, d), rows of length 1; borrowed.</param>
    /// <param name="memory">(K, d), rows of length 1, or null; borrowed.</param>
    /// <param name="temperature">τ.</param>
    public SmallCropAnchors(Tensor crops, Tensor views, Tensor? memory, double temperature)
    {
        (this.crops, this.views, this.memory, this.temperature) = (crops, views, memory, temperature);
        long images = views.shape[0] / 2;
        positives = views.unflatten(0, [2, images]).mean([0]).repeat(crops.shape[0] / images, 1);                   // (nN, d)
        logSums = new KeySoftmax(crops, views, temperature).LogSums();                                              // (nN)
        if (memory is not null) logSums = logSums.logaddexp(new KeySoftmax(crops, memory, temperature).LogSums());
    }

    /// <summary>Σ ℓ over the anchors' small crops.</summary>
    public double Loss(AnchorRows anchors) =>
        anchors.Of(logSums - (crops * positives).sum(1).div_(temperature)).sum(float64).item<double>();

    /// <summary>τ·∂Σℓ/∂u of the anchors' small crops themselves: (n·m, d).</summary>
    public Tensor OfCrops(AnchorRows anchors)
    {
        var (own, sums) = (anchors.Of(crops), anchors.Of(logSums));
        var gradient = new KeySoftmax(own, views, temperature).OfAnchors(sums).sub_(anchors.Of(positives));
        return memory is null ? gradient : gradient.add_(new KeySoftmax(own, memory, temperature).OfAnchors(sums));
    }

    /// <summary>τ·∂Σℓ/∂u of the anchors' views, to which all small crops contribute: (2m, d).</summary>
    public Tensor OfViews(AnchorRows anchors)
    {
        var pulls = crops.unflatten(0, [-1, views.shape[0] / 2]).sum([0]).div_(2);                                 // (N, d)
        return anchors.Of(new KeySoftmax(crops, views, temperature).OfKeys(logSums).sub_(pulls.repeat(2, 1)));
    }
}
