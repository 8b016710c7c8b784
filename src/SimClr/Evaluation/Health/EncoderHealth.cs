using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// The quality of a representation without labels, from two views of each of N images. On the unit sphere, the two views of an image should
/// be near each other, and different images should spread over the sphere.
/// </summary>
/// <param name="Alignment">
/// Mean ‖u − u⁺‖² over pairs of unit rows, in [0, 4]; 0 if both views of every image are one point (Wang and Isola 2020, with α = 2).
/// </param>
/// <param name="Uniformity">
/// log of the mean exp(−2‖u − v‖²) over pairs of rows of different images, in [−8, 0]. It is 0 if all are one point, and about −4 on an
/// evenly filled sphere of many dimensions (Wang and Isola 2020, with t = 2).
/// </param>
/// <param name="EffectiveRank">
/// exp of the entropy of the normalised singular values of the centred rows, in [1, D]: the number of directions in use (Roy and Vetterli
/// 2007; like RankMe of Garrido et al. 2023, but centred).
/// </param>
/// <param name="Deviation">
/// Mean over dimensions of the standard deviation of unit rows, times √D. Near 1 if all dimensions are used equally, 0 at a collapse (Chen
/// and He 2021, SimSiam, section 4.1).
/// </param>
/// <param name="DeadDimensions">The share of dimensions whose deviation is below 1 % of the mean deviation.</param>
/// <param name="Dimensions">D.</param>
/// <remarks>A row of zeros has no direction and stays zero. Two of them are one point; one is at distance 1 from all other rows.</remarks>
public sealed record EncoderHealth(
    double Alignment, double Uniformity, double EffectiveRank, double Deviation, double DeadDimensions, int Dimensions)
{
    private const double CollapsedDeviation = 0.1, CollapsedUniformity = -0.1, ManyDeadRows = 0.1;

    /// <summary>The share of the 2N rows that are all zero, in [0, 1].</summary>
    public double DeadRows { get; init; }

    /// <summary>N, the number of images. Default: more than there are dimensions.</summary>
    public int Images { get; init; } = int.MaxValue;

    /// <summary>Why the representation is useless, as a sentence; null if there is no sign of that.</summary>
    public string? Alarm =>
        DeadRows > ManyDeadRows
            ? $"{Percent.WithSign(DeadRows)} of the rows are all zero: dead features, complete collapse. The learning rate may " +
                $"have been too high, or the images are black."
        : Deviation < CollapsedDeviation || Uniformity > CollapsedUniformity
            ? $"all images are nearly one point (deviation {Deviation:f3} of 1, uniformity {Uniformity:f2}): complete collapse. " +
                $"Views may be so weak or equal that every image matches, the learning rate too high, or the gradient " +
                $"of the negatives is missing."
        : EffectiveRank < Math.Min(4, Math.Min(Dimensions, Images - 1) / 4.0) // N centred rows have at most N − 1 directions
            ? $"the images lie along {EffectiveRank:f1} directions of {Dimensions}: dimensional collapse. A higher temperature, stronger " +
                $"colour jitter, more negatives (a larger batch) or a longer run help; images that are all alike cannot be told apart."
        : null;

    /// <summary>Measures N pairs of rows.</summary>
    /// <param name="first">(N, D) float32: one view of each image, N ≥ 2; borrowed.</param>
    /// <param name="second">(N, D): another view of each image; borrowed.</param>
    /// <exception cref="ArgumentException">The shapes differ, or there are fewer than two rows.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public static EncoderHealth Of(Tensor first, Tensor second)
    {
        Features.RequireMatrix(first, nameof(first));
        Features.RequireMatrix(second, nameof(second));
        if (!first.shape.AsSpan().SequenceEqual(second.shape) || first.shape[0] < 2)
            throw new ArgumentException($"Two views of each of at least two images are needed; there are " +
                $"({string.Join(", ", first.shape)}) and ({string.Join(", ", second.shape)}).", nameof(second));
        Features.RequireFinite(first);
        Features.RequireFinite(second);

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (u, v) = (Unit(first), Unit(second));                                       // (N, D) float64
        long n = u.shape[0], d = u.shape[1];
        double alignment = (u - v).square().sum(1).mean().item<double>();

        // ‖u − v‖² = ‖u‖² + ‖v‖² − 2 u·v between different images: one row of each view, without the diagonal. Lengths are 1, or 0 for a
        // dead row.
        var (alive, alsoAlive) = (Alive(first), Alive(second));                         // (N)
        double sum = 0;
        foreach (var (start, count) in CosineBlocks.Of(n, n))
        {
            using var block = NewDisposeScope();
            var lengths = alive.narrow(0, start, count).unsqueeze(1) + alsoAlive;
            var closeness = u.narrow(0, start, count).mm(v.t()).mul_(4).sub_(2 * lengths).exp_(); // (count, N)
            sum += closeness.sum().item<double>() - closeness.diagonal(start).sum().item<double>();
        }
        double uniformity = Math.Log(sum / (n * (n - 1)));

        var deviations = u.std(0, unbiased: false);                                     // (D)
        double mean = deviations.mean().item<double>();
        double dead = mean == 0 ? 1 : deviations.lt(0.01 * mean).to(ScalarType.Float64).mean().item<double>();
        return new EncoderHealth(alignment, uniformity, Rank(u), mean * Math.Sqrt(d), dead, (int)d)
        {
            Images = (int)n,
            DeadRows = 1 - (alive.mean().item<double>() + alsoAlive.mean().item<double>()) / 2,
        };
    }

    private static Tensor Alive(Tensor rows) => rows.ne(0).any(1).to(ScalarType.Float64);

    // The squares of the singular values are the eigenvalues of the smaller Gram matrix.
    private static double Rank(Tensor u)
    {
        var centred = u - u.mean([0], keepdim: true);
        var gram = u.shape[0] < u.shape[1] ? centred.mm(centred.t()) : centred.t().mm(centred);
        var singular = linalg.eigvalsh(gram).clamp_min_(0).sqrt_();
        double total = singular.sum().item<double>();
        if (total <= 1e-12 * u.shape[0]) return 1;
        var p = singular / total;
        return Math.Exp(-p.xlogy(p).sum().item<double>());
    }

    private static Tensor Unit(Tensor rows)
    {
        var wide = rows.to(ScalarType.Float64);
        var length = wide.norm(1, keepdim: true, p: 2f);
        return wide / where(length == 0, ones_like(length), length);
    }
}
