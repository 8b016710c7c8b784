using System.Numerics;

namespace SimClr.Evaluation;

/// <summary>The points of a map during the minimisation of KL(P‖Q).</summary>
/// <param name="count">M.</param>
/// <param name="affinities">P: M·M numbers, symmetric, with sum 1 and diagonal 0.</param>
internal sealed class TSneDescent(int count, float[] affinities)
{
    private readonly float[] speedX = new float[count], speedY = new float[count], gainX = Ones(count), gainY = Ones(count),
        forceX = new float[count], forceY = new float[count];

    public int Count => count;

    public float[] X { get; } = new float[count];

    public float[] Y { get; } = new float[count];

    public void Step(float rate, float momentum, float exaggeration)
    {
        Forces(exaggeration);
        Move(X, forceX, speedX, gainX, rate, momentum);
        Move(Y, forceY, speedY, gainY, rate, momentum);
    }

    // ∂KL/∂yᵢ = 4 Σⱼ (pᵢⱼ − qᵢⱼ) wᵢⱼ (yᵢ − yⱼ) with w = 1/(1 + ‖yᵢ − yⱼ‖²) and q = w/Σw. One pass is enough: Σw is known at its end.
    private void Forces(float exaggeration)
    {
        var repulsionX = new float[count];
        var repulsionY = new float[count];
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            var (ax, ay, rx, ry, w) = Pull(i);
            (forceX[i], forceY[i], repulsionX[i], repulsionY[i]) = (4 * exaggeration * ax, 4 * exaggeration * ay, 4 * rx, 4 * ry);
            sum += w - 1; // without the point itself
        }
        for (int i = 0; i < count; i++)
        {
            forceX[i] -= (float)(repulsionX[i] / sum);
            forceY[i] -= (float)(repulsionY[i] / sum);
        }
    }

    private (float AttractX, float AttractY, float RepelX, float RepelY, float Weights) Pull(int i)
    {
        var p = affinities.AsSpan(i * count, count);
        Vector<float> x = new(X[i]), y = new(Y[i]), ax = default, ay = default, rx = default, ry = default, sum = default;
        int j = 0;
        for (; j <= count - Vector<float>.Count; j += Vector<float>.Count)
        {
            Vector<float> dx = x - new Vector<float>(X, j), dy = y - new Vector<float>(Y, j);
            var w = Vector<float>.One / (Vector<float>.One + dx * dx + dy * dy);
            var pw = w * new Vector<float>(p[j..]);
            var ww = w * w;
            (ax, ay, rx, ry, sum) = (ax + pw * dx, ay + pw * dy, rx + ww * dx, ry + ww * dy, sum + w);
        }
        var total = (Vector.Sum(ax), Vector.Sum(ay), Vector.Sum(rx), Vector.Sum(ry), Vector.Sum(sum));
        for (; j < count; j++)
        {
            float dx = X[i] - X[j], dy = Y[i] - Y[j], w = 1 / (1 + dx * dx + dy * dy);
            total = (total.Item1 + p[j] * w * dx, total.Item2 + p[j] * w * dy,
                total.Item3 + w * w * dx, total.Item4 + w * w * dy, total.Item5 + w);
        }
        return total;
    }

    // A coordinate that keeps its direction gets a larger gain (Jacobs 1988).
    private static void Move(float[] at, float[] force, float[] speed, float[] gain, float rate, float momentum)
    {
        for (int i = 0; i < at.Length; i++)
        {
            gain[i] = Math.Max(0.01f, force[i] > 0 == speed[i] > 0 ? gain[i] * 0.8f : gain[i] + 0.2f);
            speed[i] = momentum * speed[i] - rate * gain[i] * force[i];
            at[i] += speed[i];
        }
        float mean = (float)at.Average(v => (double)v);
        for (int i = 0; i < at.Length; i++) at[i] -= mean;
    }

    /// <summary>KL(P‖Q).</summary>
    public double Divergence()
    {
        double sum = 0, ofLogs = 0, ofAffinities = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
            {
                if (i == j) continue;
                double dx = X[i] - X[j], dy = Y[i] - Y[j], inverse = 1 + dx * dx + dy * dy;
                sum += 1 / inverse;
                double p = affinities[i * count + j];
                ofAffinities += p;
                if (p > 0) ofLogs += p * Math.Log(p * inverse);
            }
        }
        return ofLogs + ofAffinities * Math.Log(sum);
    }

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
