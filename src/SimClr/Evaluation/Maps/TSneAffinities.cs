using System.Numerics.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace SimClr.Evaluation;

/// <summary>The affinities P of t-SNE: Gaussians whose widths give every row the same perplexity.</summary>
internal static class TSneAffinities
{
    private const int BlockRows = 256, MaxBisections = 200;
    private const double EntropyTolerance = 1e-7; // nats

    /// <summary>P, symmetric, with sum 1 and diagonal 0.</summary>
    /// <param name="rows">(M, D) float64; borrowed.</param>
    /// <param name="perplexity">Above 1 and below M − 1.</param>
    /// <returns>M·M numbers, row by row.</returns>
    public static float[] Joint(Tensor rows, double perplexity)
    {
        int count = checked((int)rows.shape[0]);
        var joint = new float[checked(count * count)];
        var conditional = new double[count];
        using var scope = NewDisposeScope();
        var squares = (rows * rows).sum(1);                                                             // (M)
        for (int start = 0; start < count; start += BlockRows)
        {
            double[] distances = SquaredDistances(rows, squares, start, Math.Min(BlockRows, count - start));
            for (int i = start; i < Math.Min(count, start + BlockRows); i++)
            {
                Conditional(distances.AsSpan((i - start) * count, count), i, perplexity, conditional);
                for (int j = 0; j < count; j++) joint[i * count + j] = (float)conditional[j];
            }
        }
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
                joint[i * count + j] = joint[j * count + i] = (joint[i * count + j] + joint[j * count + i]) / (2f * count);
        }
        return joint;
    }

    /// <summary>p(j|i) = exp(−β d²ᵢⱼ)/Σ. Bisection finds the β with the requested perplexity.</summary>
    /// <param name="squaredDistances">The squared distances of row i to all M rows.</param>
    /// <param name="self">i, whose own probability is 0.</param>
    /// <param name="perplexity">exp(entropy).</param>
    /// <param name="probabilities">Receives M numbers.</param>
    public static void Conditional(ReadOnlySpan<double> squaredDistances, int self, double perplexity, Span<double> probabilities)
    {
        Span<double> shifted = squaredDistances.ToArray();
        shifted[self] = double.PositiveInfinity;
        TensorPrimitives.Subtract(shifted, TensorPrimitives.Min<double>(shifted), shifted); // the nearest row's exponential is 1
        shifted[self] = 0;

        double wanted = Math.Log(perplexity), low = 0, high = double.PositiveInfinity;
        double beta = TensorPrimitives.Sum<double>(shifted) is > 0 and var sum ? shifted.Length / sum : 1;
        for (int i = 0; i < MaxBisections; i++)
        {
            TensorPrimitives.Multiply(shifted, -beta, probabilities);
            TensorPrimitives.Exp(probabilities, probabilities);
            probabilities[self] = 0;
            double total = TensorPrimitives.Sum<double>(probabilities);
            double excess = Math.Log(total) + beta * TensorPrimitives.Dot<double>(shifted, probabilities) / total - wanted;
            TensorPrimitives.Divide(probabilities, total, probabilities);
            if (Math.Abs(excess) < EntropyTolerance) break;
            if (excess > 0) low = beta;
            else high = beta;
            beta = double.IsFinite(high) ? (low + high) / 2 : 2 * beta;
            if (!double.IsFinite(beta) || beta == low || beta == high) break; // more rows are at the same place than the perplexity needs
        }
    }

    private static double[] SquaredDistances(Tensor rows, Tensor squares, int start, int count)
    {
        using var scope = NewDisposeScope();
        var block = rows.narrow(0, start, count);                                                       // (B, D)
        var distances = squares.narrow(0, start, count).unsqueeze(1) + squares - block.mm(rows.t()).mul_(2);
        return distances.clamp_min_(0).data<double>().ToArray();                                        // (B, M)
    }
}
