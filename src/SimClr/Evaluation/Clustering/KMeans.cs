using System.Runtime.InteropServices;
using SimClr.Randomness;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// Spherical k-means (Dhillon and Modha 2001): a row belongs to the centre with the highest cosine, and a centre is the mean direction of
/// its rows. The encoder was trained with cosines, and neighbours are found with them. Euclidean k-means would mainly compare the lengths
/// of features, which NT-Xent does not determine.
/// </summary>
/// <remarks>
/// The initial centres are those of k-means++ (Arthur and Vassilvitskii 2007), where ‖x − c‖² = 2 (1 − cos). A cluster that loses all rows
/// takes the row that is farthest from its centre. Clusters stay empty only if there are fewer directions than clusters. Of two equally
/// near centres a row takes the lower one. Cosines exist for one block of rows at a time; sums are in double precision. The same rows, seed
/// and machine give the same clusters.
/// </remarks>
public static class KMeans
{
    /// <summary>Clusters rows until nothing changes.</summary>
    /// <param name="values">(N, D) float32; borrowed.</param>
    /// <param name="options">The number of clusters, the seed and the limit of iterations.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentException">The values have another shape or dtype, or an option is out of range.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public static KMeansResult Run(Tensor values, KMeansOptions options)
    {
        Features.RequireMatrix(values, nameof(values));
        return Run(new TensorRows(values), options);
    }

    /// <summary>
    /// Clusters rows that need not fit into memory. If they are several blocks, each centre of the seeding and each round reads all rows.
    /// </summary>
    /// <param name="source">Borrowed.</param>
    /// <param name="options">The number of clusters, the seed and the limit of iterations.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    /// <exception cref="IOException">The rows cannot be read.</exception>
    public static KMeansResult Run(IFeatureRows source, KMeansOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        options.Check(source.Count);

        using var scope = NewDisposeScope();
        using var rows = new UnitRows(source);
        var centres = Seed(rows, options);                                                              // (K, D)
        var (clusters, cosines) = Assign(rows, centres);
        var inertia = new List<double> { Inertia(cosines) };
        bool converged = false;
        while (!converged && inertia.Count <= options.MaxIterations)
        {
            int[] filled = FillEmpty(clusters, cosines, options.Clusters);
            var moved = Means(rows, filled, options.Clusters);
            var (next, nextCosines) = Assign(rows, moved);
            // Apart from rounding, the sum falls as long as a row changes its cluster.
            converged = Inertia(nextCosines) >= inertia[^1];
            if (converged) break;
            converged = next.AsSpan().SequenceEqual(filled);
            centres.Dispose();
            (centres, clusters, cosines) = (moved, next, nextCosines);
            inertia.Add(Inertia(cosines));
        }
        return new KMeansResult(centres.MoveToOuterDisposeScope(), clusters, cosines, inertia, converged);
    }

    private static double Inertia(float[] cosines) => cosines.Sum(c => Math.Max(0, 1 - (double)c));

    private static Tensor Seed(UnitRows rows, KMeansOptions options)
    {
        using var scope = NewDisposeScope();
        var random = CounterRandom.For(options.Seed, RandomPurpose.ClusterSeeding, 0);
        var distance = Enumerable.Repeat(double.PositiveInfinity, rows.Count).ToArray();
        int chosen = random.Below(distance.Length);
        var centres = new List<Tensor> { rows[chosen] };
        while (centres.Count < options.Clusters)
        {
            foreach (var (start, block) in rows.Blocks())
            {
                using var own = block;
                using var cosines = block.mv(centres[^1]);
                float[] numbers = Numbers<float>(cosines);
                for (int i = 0; i < numbers.Length; i++)
                    distance[start + i] = Math.Min(distance[start + i], Math.Max(0, 1 - (double)numbers[i]));
            }
            distance[chosen] = 0;
            chosen = Draw(distance, ref random);
            centres.Add(rows[chosen]);
        }
        return stack(centres).MoveToOuterDisposeScope();
    }

    // Draws an index with a probability proportional to its weight; any index if all weights are 0.
    private static int Draw(double[] weights, ref CounterRandom random)
    {
        double left = random.NextDouble() * weights.Sum();
        for (int i = 0; i < weights.Length; i++)
        {
            left -= weights[i];
            if (left < 0) return i;
        }
        return Array.FindLastIndex(weights, w => w > 0) is >= 0 and var last ? last : random.Below(weights.Length);
    }

    private static (int[] Clusters, float[] Cosines) Assign(UnitRows rows, Tensor centres)
    {
        var (clusters, cosines) = (new int[rows.Count], new float[rows.Count]);
        foreach (var (first, block) in rows.Blocks())
        {
            using var own = block;
            foreach (var (start, length) in CosineBlocks.Of(block.shape[0], centres.shape[0]))
            {
                using var scope = NewDisposeScope();
                var all = CosineBlocks.Cosines(block.narrow(0, start, length), centres);                        // (B, K)
                var (highest, at) = all.max(1);
                Numbers<float>(highest).CopyTo(cosines, first + start);
                Array.ConvertAll(Numbers<long>(at), c => (int)c).CopyTo(clusters, first + start);
            }
        }
        return (clusters, cosines);
    }

    private static T[] Numbers<T>(Tensor tensor) where T : unmanaged
    {
        using var contiguous = tensor.cpu().contiguous();
        return MemoryMarshal.Cast<byte, T>(contiguous.bytes).ToArray();
    }

    private static int[] FillEmpty(int[] clusters, float[] cosines, int count)
    {
        var size = new int[count];
        foreach (int cluster in clusters) size[cluster]++;
        var filled = (int[])clusters.Clone();
        var farthest = new Queue<int>(size.Contains(0) ? Enumerable.Range(0, clusters.Length).OrderBy(i => cosines[i]) : []);
        for (int empty = Array.IndexOf(size, 0); empty >= 0 && farthest.TryDequeue(out int row); empty = Array.IndexOf(size, 0))
        {
            if (size[filled[row]] == 1) continue; // taking the row would empty another cluster
            size[filled[row]]--;
            (filled[row], size[empty]) = (empty, 1);
        }
        return filled;
    }

    private static Tensor Means(UnitRows rows, int[] clusters, int count)
    {
        using var scope = NewDisposeScope();
        Tensor? sums = null;                                                                            // (K, D) float64
        foreach (var (first, block) in rows.Blocks())
        {
            using var own = block;
            sums ??= zeros(count, rows.Dimensions, ScalarType.Float64, block.device);
            using var of = tensor(Array.ConvertAll(clusters[first..(first + (int)block.shape[0])], c => (long)c), device: block.device);
            foreach (var (start, length) in CosineBlocks.Of(block.shape[0], 2 * rows.Dimensions))       // float64
            {
                using var step = NewDisposeScope();
                sums.index_add_(0, of.narrow(0, start, length), block.narrow(0, start, length).to(ScalarType.Float64), 1);
            }
        }
        var lengths = sums!.norm(1, keepdim: true, p: 2);
        return (sums / where(lengths == 0, ones_like(lengths), lengths)).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
