using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// Minimises a smooth convex function with limited-memory BFGS (Nocedal and Wright, "Numerical Optimization", algorithms 7.4 and 7.5) and
/// Armijo backtracking. On a strictly convex function every step then has positive curvature.
/// </summary>
internal static class Lbfgs
{
    private const int Memory = 20, Halvings = 40;
    private const double SufficientDecrease = 1e-4;

    /// <summary>The end of the search. <c>Point</c> is owned by the caller.</summary>
    internal sealed record Minimum(Tensor Point, double Value, double GradientNorm, int Iterations, bool Converged);

    /// <param name="start">float64, any shape; borrowed.</param>
    /// <param name="function">Value and gradient at a point; the gradient is a new tensor.</param>
    /// <param name="inverseCurvature">
    /// A fixed, positive definite estimate of the inverse Hessian times a vector. The first step uses it, and later ones start from it.
    /// </param>
    /// <param name="tolerance">Converged if the Euclidean norm of the gradient is at most this.</param>
    /// <param name="maxIterations">The search ends after this number of steps.</param>
    public static Minimum Minimise(Tensor start, Func<Tensor, (double Value, Tensor Gradient)> function,
        Func<Tensor, Tensor> inverseCurvature, double tolerance, int maxIterations)
    {
        using var scope = NewDisposeScope();
        var x = start.clone();
        var (value, gradient) = function(x);
        var norm = Norm(gradient);
        var pairs = new LinkedList<(Tensor S, Tensor Y, double Rho)>();
        int iteration = 0;
        while (norm > tolerance && iteration < maxIterations)
        {
            using var stepScope = NewDisposeScope();
            var direction = Direction(gradient, pairs, inverseCurvature);
            if (Search(function, x, value, direction, Dot(gradient, direction)) is not var (nextX, nextValue, nextGradient)) break;

            var (s, y) = (nextX - x, nextGradient - gradient);
            double curvature = Dot(s, y);
            if (curvature > 0)
            {
                pairs.AddLast((s.MoveToOuterDisposeScope(), y.MoveToOuterDisposeScope(), 1 / curvature));
                if (pairs.Count > Memory) Forget(pairs);
            }
            x.Dispose();
            gradient.Dispose();
            (x, value, gradient) = (nextX.MoveToOuterDisposeScope(), nextValue, nextGradient.MoveToOuterDisposeScope());
            norm = Norm(gradient);
            iteration++;
        }
        return new Minimum(x.MoveToOuterDisposeScope(), value, norm, iteration, norm <= tolerance);
    }

    // The two-loop recursion: −H g.
    private static Tensor Direction(
        Tensor gradient, LinkedList<(Tensor S, Tensor Y, double Rho)> pairs, Func<Tensor, Tensor> inverseCurvature)
    {
        var q = gradient.clone();
        var alphas = new Stack<double>();
        for (var pair = pairs.Last; pair is not null; pair = pair.Previous)
        {
            var (s, y, rho) = pair.Value;
            double alpha = rho * Dot(s, q);
            q.sub_(alpha * y);
            alphas.Push(alpha);
        }
        var r = inverseCurvature(q);
        if (pairs.Last is { Value: var (_, lastY, lastRho) }) r.div_(lastRho * Dot(lastY, inverseCurvature(lastY)));
        foreach (var (s, y, rho) in pairs) r.add_((alphas.Pop() - rho * Dot(y, r)) * s);
        return r.neg_();
    }

    // Near the minimum, rounding hides the decrease. The last term allows for that.
    private static (Tensor X, double Value, Tensor Gradient)? Search(
        Func<Tensor, (double Value, Tensor Gradient)> function, Tensor x, double value, Tensor direction, double slope)
    {
        double step = 1;
        for (int i = 0; i < Halvings; i++, step /= 2)
        {
            var next = x + step * direction;
            var (nextValue, nextGradient) = function(next);
            if (nextValue <= value + SufficientDecrease * step * slope + 1e-14 * Math.Abs(value)) return (next, nextValue, nextGradient);
        }
        return null;
    }

    private static void Forget(LinkedList<(Tensor S, Tensor Y, double Rho)> pairs)
    {
        var (s, y, _) = pairs.First!.Value;
        s.Dispose();
        y.Dispose();
        pairs.RemoveFirst();
    }

    private static double Dot(Tensor a, Tensor b)
    {
        using var product = a.flatten().dot(b.flatten());
        return product.item<double>();
    }

    private static double Norm(Tensor a) => Math.Sqrt(Dot(a, a));
}
