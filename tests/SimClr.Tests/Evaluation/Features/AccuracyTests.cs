using CsCheck;
using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class AccuracyTests
{
    private static Accuracy Of(double[,] scores, long[] labels)
    {
        using var s = torch.tensor(scores);
        using var l = torch.tensor(labels);
        return Accuracy.Of(s, l);
    }

    [Fact]
    public void Agrees_with_a_sort_of_each_row()
    {
        // Scores from a small set of numbers, so that many are equal.
        var cases = from m in Gen.Int[1, 20]
                    from c in Gen.Int[1, 9]
                    from scores in Gen.Int[0, 4].Array[m * c]
                    from labels in Gen.Int[0, c - 1].Array[m]
                    select (m, c, scores, labels);
        cases.Sample(t =>
        {
            var scores = new double[t.m, t.c];
            var right = new bool[t.m];
            int amongFive = 0;
            for (int i = 0; i < t.m; i++)
            {
                for (int j = 0; j < t.c; j++) scores[i, j] = t.scores[i * t.c + j];
                var order = Enumerable.Range(0, t.c).OrderByDescending(j => scores[i, j]).ThenBy(j => j).ToList();
                right[i] = order[0] == t.labels[i];
                if (order.Take(5).Contains(t.labels[i])) amongFive++;
            }
            var perClass = Enumerable.Range(0, t.m).GroupBy(i => t.labels[i]).Average(g => g.Average(i => right[i] ? 1.0 : 0));

            var accuracy = Of(scores, [.. t.labels.Select(l => (long)l)]);

            accuracy.Top1.ShouldBe(right.Average(r => r ? 1.0 : 0), 1e-12);
            accuracy.Top5.ShouldBe((double)amongFive / t.m, 1e-12);
            accuracy.MeanPerClass.ShouldBe(perClass, 1e-12);
        }, iter: 200);
    }

    [Fact]
    public void An_excluded_class_is_not_among_the_top_five()
    {
        const double No = double.NegativeInfinity;
        Of(new[,] { { No, No, No, No, No, No, 0 } }, [0]).Top5.ShouldBe(0);
        Of(new[,] { { -9, No, No, No, No, No, 0 } }, [0]).Top5.ShouldBe(1);
        Of(new[,] { { No, 0, No } }, [0]).Top5.ShouldBe(1); // by definition with five classes or fewer
    }

    [Fact]
    public void Input_that_does_not_fit_is_reported()
    {
        Should.Throw<ArgumentException>(() => Of(new double[2, 3], [0])).Message.ShouldContain("2 rows of scores need (2) Int64 labels; they are (1) Int64");
        Should.Throw<ArgumentException>(() => Of(new double[2, 3], [0, 3])).Message.ShouldContain("[0, 3); they are in [0, 3]");
        Should.Throw<ArgumentException>(() => Of(new double[2, 3], [-1, 0])).Message.ShouldContain("they are in [-1, 0]");
        Should.Throw<ArgumentException>(() => Of(new[,] { { 0, double.NaN } }, [0])).Message.ShouldContain("NaN");
    }
}
