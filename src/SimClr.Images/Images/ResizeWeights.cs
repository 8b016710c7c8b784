namespace SimClr.Images;

/// <summary>Antialiased bilinear resampling along one axis: every output is a weighted sum of neighbouring inputs, by a triangle.</summary>
internal sealed class ResizeWeights
{
    /// <summary>Computes the weights.</summary>
    /// <param name="from">The number of inputs, at least 1.</param>
    /// <param name="to">The number of outputs, at least 1.</param>
    public ResizeWeights(int from, int to)
    {
        double scale = (double)from / to, support = Math.Max(scale, 1), inverse = 1 / support;
        (First, Weights) = (new int[to], new double[to][]);
        for (int i = 0; i < to; i++)
        {
            double center = scale * (i + 0.5);
            int first = First[i] = Math.Max((int)(center - support + 0.5), 0);
            var weights = Weights[i] = new double[Math.Min((int)(center + support + 0.5), from) - first];
            for (int j = 0; j < weights.Length; j++) weights[j] = Math.Max(0, 1 - Math.Abs((j + first - center + 0.5) * inverse));
            double sum = weights.Sum();
            for (int j = 0; j < weights.Length; j++) weights[j] /= sum;
        }
    }

    /// <summary>The first input of each output.</summary>
    public int[] First { get; }

    /// <summary>For each output the weights of its inputs; their sum is 1.</summary>
    public double[][] Weights { get; }
}
