using CsCheck;
using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed partial class SoftmaxRegressionTests
{
    private static readonly Gen<(Rows Rows, double L2)> Cases =
        from seed in Gen.Int[0, 1_000_000]
        from classes in Gen.Int[2, 6]
        from count in Gen.Int[classes, 60]
        from dimensions in Gen.Int[1, 9]
        from exponent in Gen.Double[-4, 1]
        select (Rows.Random(seed, count, dimensions, classes), Math.Pow(10, exponent));

    [Fact]
    public void The_objective_and_its_gradient_agree_with_a_loop_at_any_point() => Cases.Sample(c =>
    {
        using var features = c.Rows.ToFeatures();
        using var regression = new SoftmaxRegression(features);
        var random = new Random(1);
        var point = new double[c.Rows.Classes, c.Rows.Values[0].Length + 1];
        for (int i = 0; i < point.GetLength(0); i++)
            for (int j = 0; j < point.GetLength(1); j++) point[i, j] = random.NextDouble() * 2 - 1;

        using var parameters = torch.tensor(point);
        var (objective, gradientTensor) = regression.ObjectiveAndGradient(parameters, c.L2);
        using var _ = gradientTensor;
        var slow = Slow(c.Rows, point, c.L2);

        objective.ShouldBe(slow.Objective, 1e-9);
        gradientTensor.data<double>().ToArray().ShouldBe(slow.Gradient.Cast<double>(), 1e-9);
    }, iter: 50);

    [Fact]
    public void At_the_optimum_a_double_precision_loop_finds_a_zero_gradient() => Cases.Sample(c =>
    {
        using var features = c.Rows.ToFeatures();
        using var regression = new SoftmaxRegression(features);
        using var fit = regression.Fit(c.L2, tolerance: 1e-8);

        var slow = Slow(c.Rows, Matrix(fit.Parameters), c.L2);

        fit.Converged.ShouldBeTrue();
        fit.Objective.ShouldBe(slow.Objective, 1e-9);
        Math.Sqrt(slow.Gradient.Cast<double>().Sum(g => g * g)).ShouldBe(fit.GradientNorm, 1e-9);
        fit.GradientNorm.ShouldBeLessThan(1e-8);
    }, iter: 50);

    /// <summary>The formula, term by term.</summary>
    private static (double Objective, double[,] Gradient) Slow(Rows rows, double[,] parameters, double l2)
    {
        int classes = parameters.GetLength(0), dimensions = parameters.GetLength(1) - 1, count = rows.Labels.Length;
        var gradient = new double[classes, dimensions + 1];
        double objective = 0;
        for (int i = 0; i < count; i++)
        {
            var logits = new double[classes];
            for (int c = 0; c < classes; c++)
            {
                logits[c] = parameters[c, dimensions];
                for (int d = 0; d < dimensions; d++) logits[c] += parameters[c, d] * rows.Values[i][d];
            }
            double logSum = logits.Max() + Math.Log(logits.Sum(z => Math.Exp(z - logits.Max())));
            objective += (logSum - logits[rows.Labels[i]]) / count;
            for (int c = 0; c < classes; c++)
            {
                double residual = (Math.Exp(logits[c] - logSum) - (c == rows.Labels[i] ? 1 : 0)) / count;
                for (int d = 0; d < dimensions; d++) gradient[c, d] += residual * rows.Values[i][d];
                gradient[c, dimensions] += residual;
            }
        }
        for (int c = 0; c < classes; c++)
        {
            for (int d = 0; d < dimensions; d++)
            {
                objective += l2 / 2 * parameters[c, d] * parameters[c, d];
                gradient[c, d] += l2 * parameters[c, d];
            }
        }
        return (objective, gradient);
    }

    private static double[,] Matrix(torch.Tensor tensor)
    {
        var matrix = new double[tensor.shape[0], tensor.shape[1]];
        var values = tensor.data<double>().ToArray();
        Buffer.BlockCopy(values, 0, matrix, 0, values.Length * sizeof(double));
        return matrix;
    }
}
