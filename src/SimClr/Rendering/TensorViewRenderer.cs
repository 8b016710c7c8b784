using SimClr.Images;
using SimClr.Runtime;
using SimClr.Views;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>
/// Applies <see cref="ViewParameters"/> to many images at once with tensor operations, on the device of the images. The result equals that
/// of <see cref="CpuViewRenderer"/> within 1e-4. On a GPU the host only enqueues work, and never waits.
/// </summary>
/// <remarks>
/// Keeps nothing between calls. Safe to use from several threads at once on a CPU; on a GPU from one thread only, as <c>NtXentLoss</c>.
/// </remarks>
public sealed class TensorViewRenderer
{
    // Bytes of crops per chunk. Intermediate tensors take about ten times as much.
    private const long MostOnGpu = 1L << 26, MostOnCpu = 1L << 22;

    private readonly ViewPolicy policy;
    private readonly Preprocessing preprocessing;
    private readonly int size;
    private readonly TensorColors colors;

    /// <summary>Prepares rendering.</summary>
    /// <param name="policy">
    /// The contrast mean, the padding of the blur and the threshold of solarising. The probabilities are not used.
    /// </param>
    /// <param name="preprocessing">The filter, the normalisation and S, at least 8.</param>
    public TensorViewRenderer(ViewPolicy policy, Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentOutOfRangeException.ThrowIfLessThan(preprocessing.ImageSize, 8);
        (this.policy, this.preprocessing, size) = (policy, preprocessing, preprocessing.ImageSize);
        colors = new TensorColors(policy.ContrastMean);
    }

    /// <summary>The preprocessing of the views.</summary>
    internal Preprocessing Preprocessing => preprocessing;

    /// <summary>Bytes of crops per chunk. A smaller value needs less memory and more time.</summary>
    internal long? Most { get; init; }

    /// <summary>A user's augmentations, each with a tensor form. Default none.</summary>
    internal AugmentationList Augmentations { get; init; } = AugmentationList.None;

    /// <summary>Renders views.</summary>
    /// <param name="images">Borrowed; packed with the value range of the preprocessing.</param>
    /// <param name="which">The image of every view.</param>
    /// <param name="views">Their parameters, one per view.</param>
    /// <returns>
    /// (V, C, S, S) float32 on the images' device, contiguous: planes R, G, B, or bands, in [0, 1] before normalisation. Owned by the
    /// caller.
    /// </returns>
    /// <exception cref="ArgumentException">A crop is outside its image, or the numbers of views and images differ.</exception>
    public Tensor Render(PackedImages images, ReadOnlySpan<int> which, ReadOnlySpan<ViewParameters> views) =>
        Render(images, which, views, new float[views.Length * Augmentations.Numbers]);

    /// <summary>Renders views with the numbers of their augmentations.</summary>
    /// <param name="images">As for the public overload.</param>
    /// <param name="which">As for the public overload.</param>
    /// <param name="views">As for the public overload.</param>
    /// <param name="numbers">(V, numbers of <see cref="Augmentations"/>).</param>
    internal Tensor Render(PackedImages images, ReadOnlySpan<int> which, ReadOnlySpan<ViewParameters> views, ReadOnlySpan<float> numbers)
    {
        ArgumentNullException.ThrowIfNull(images);
        Check(images, which, views);
        using var exact = Float32Precision.Exact();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var output = empty([views.Length, images.Channels, size, size], float32, images.Pixels.device);
        foreach (int[] rows in Chunks(
            views, images.Channels, Most ?? (images.Pixels.device_type == DeviceType.CPU ? MostOnCpu : MostOnGpu)))
        {
            using var part = NewDisposeScope();
            var table = new ViewParameterTensors(images, which, views, rows);
            output.index_copy_(0, table.OutputRows, Render(images, table, Rows(numbers, rows)));
        }
        return output.MoveToOuterDisposeScope();
    }

    private Tensor Render(PackedImages images, ViewParameterTensors views, float[] numbers)
    {
        using var scope = NewDisposeScope();
        var x = TensorResampler.Resize(images, views, preprocessing.Interpolation, size);
        if (preprocessing.Interpolation == Interpolation.Bicubic) x.clamp_(0, 1);
        if (views.Jittered || views.HasGray) x = colors.Apply(x, views);
        if (views.Blurred.numel() > 0)
        {
            var sigma = views[ViewParameterTensors.Row.Sigma].index_select(0, views.Blurred);
            x.index_copy_(0, views.Blurred, TensorBlur.Apply(x.index_select(0, views.Blurred), sigma, policy.BlurPadding));
        }
        if (views.HasSolarized)
            x = where(views.Factors(ViewParameterTensors.Row.Solarize).gt(0).logical_and(x.ge((float)policy.SolarizeThreshold)), 1 - x, x);
        if (Augmentations.Count > 0) x = TensorAugmentations.Apply(Augmentations, x, numbers);
        if (preprocessing.Mean.Count > 0) x = x - Channels(preprocessing.Mean, x.device);
        if (preprocessing.StandardDeviation.Count > 0) x = x / Channels(preprocessing.StandardDeviation, x.device);
        return x.MoveToOuterDisposeScope();
    }

    private static Tensor Channels(IReadOnlyList<double> values, Device device)
    {
        using var host = tensor([.. values.Select(v => (float)v)]);
        return DeviceCopy.To(host, device).reshape(1, -1, 1, 1);
    }

    private float[] Rows(ReadOnlySpan<float> numbers, int[] rows)
    {
        int each = Augmentations.Numbers;
        float[] result = new float[rows.Length * each];
        for (int i = 0; i < rows.Length; i++) numbers.Slice(rows[i] * each, each).CopyTo(result.AsSpan(i * each));
        return result;
    }

    // Groups crops of similar height, so that little of their common rectangle is empty.
    private List<int[]> Chunks(ReadOnlySpan<ViewParameters> views, int channels, long most)
    {
        var crops = new CropBox[views.Length];
        for (int i = 0; i < crops.Length; i++) crops[i] = views[i].Crop;
        var rows = new List<int>();
        var chunks = new List<int[]>();
        int width = 0, height = 0;
        foreach (int row in Enumerable.Range(0, crops.Length).OrderBy(i => crops[i].Height))
        {
            (width, height) = (Math.Max(width, crops[row].Width), Math.Max(height, crops[row].Height));
            if (rows.Count > 0 && (rows.Count + 1L) * channels * Math.Max((long)width * height, (long)size * size) > most)
            {
                chunks.Add([.. rows]);
                rows.Clear();
                (width, height) = (crops[row].Width, crops[row].Height);
            }
            rows.Add(row);
        }
        if (rows.Count > 0) chunks.Add([.. rows]);
        return chunks;
    }

    private static void Check(PackedImages images, ReadOnlySpan<int> which, ReadOnlySpan<ViewParameters> views)
    {
        if (which.Length != views.Length)
            throw new ArgumentException($"{views.Length} views cannot be made of {which.Length} images.", nameof(views));
        for (int i = 0; i < views.Length; i++)
        {
            var (place, crop) = (images.Places[which[i]], views[i].Crop);
            if (crop.Left < 0 || crop.Top < 0
                || crop.Width < 1 || crop.Height < 1 || crop.Left + crop.Width > place.Width || crop.Top + crop.Height > place.Height)
                throw new ArgumentException($"{crop} leaves the image of {place.Width} × {place.Height} pixels.", nameof(views));
        }
    }
}
