using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class FeaturesTests
{
    private static readonly Rows Good = Rows.Random(1, 20, 3, 4);

    // Every entry point of the library; each must refuse features that it cannot use.
    private static readonly Action<Features, Features>[] Evaluations =
    [
        (train, test) => { using var knn = new KnnClassifier(train); knn.Evaluate(test); },
        (train, test) =>
        {
            using var locked = new TestSet(new Features(test.Values.alias(), test.Labels.alias()));
            locked.RequireScorableAfter(train);
            LinearProbe.Fit(train).Dispose();
        },
        (train, test) =>
        {
            using var locked = new TestSet(new Features(test.Values.alias(), test.Labels.alias()));
            locked.RequireScorableAfter(train);
            LinearSgd.Fit(train, new LinearSgdOptions { Epochs = 1 }).Dispose();
        },
    ];

    private static void BothRefuse(Rows train, Rows test, string expected) => BothRefuse<InvalidDataException>(train, test, expected);

    private static void BothRefuse<T>(Rows train, Rows test, string expected)
        where T : Exception
    {
        foreach (var evaluate in Evaluations)
        {
            using var first = train.ToFeatures();
            using var second = test.ToFeatures();
            Should.Throw<T>(() => evaluate(first, second)).Message.ShouldContain(expected);
        }
    }

    [Fact]
    public void Shapes_and_types_of_features_are_checked()
    {
        using var scope = torch.NewDisposeScope();
        var labels = torch.zeros(3, torch.ScalarType.Int64);
        Should.Throw<ArgumentException>(() => new Features(torch.zeros(3), labels)).Message.ShouldContain("they are (3) Float32");
        Should.Throw<ArgumentException>(() => new Features(torch.zeros(3, 2, torch.ScalarType.Float64), labels)).Message.ShouldContain("(3, 2) Float64");
        Should.Throw<ArgumentException>(() => new Features(torch.zeros(0, 2), labels)).Message.ShouldContain("(0, 2)");
        Should.Throw<ArgumentException>(() => new Features(torch.zeros(4, 2), labels)).Message.ShouldContain("4 rows and 3 labels");
        Should.Throw<ArgumentException>(() => new Features(torch.zeros(3, 2), torch.zeros(3))).Message.ShouldContain("(3) Float32");
        Should.Throw<ArgumentException>(() => new Features(torch.zeros(3, 2, requires_grad: true), labels)).Message.ShouldContain("no_grad");
    }

    [Fact]
    public void A_missing_label_is_refused_with_its_row()
    {
        var missing = Good with { Labels = [.. Good.Labels.Select((l, i) => i == 7 ? -1 : l)] };
        BothRefuse(missing, Good, "Row 7 of 20 has no label (-1)");
        BothRefuse(Good, missing, "Row 7 of 20 has no label (-1)");
    }

    [Fact]
    public void One_class_is_not_enough_to_train() =>
        BothRefuse(Good with { Labels = [.. Good.Labels.Select(_ => 2L)] }, Good, "all 20 training rows have label 2");

    [Fact]
    public void A_test_label_missing_in_training_is_refused_above_and_between_its_labels()
    {
        BothRefuse(Good, Good with { Labels = [.. Good.Labels.Select((l, i) => i == 5 ? 9 : l)] }, "Test row 5 has label 9, which no training row has");
        var gap = Good with { Labels = [.. Good.Labels.Select(l => l == 2 ? 3 : l)] };
        BothRefuse(gap, gap with { Labels = [.. gap.Labels.Select((l, i) => i == 6 ? 2 : l)] }, "Test row 6 has label 2");
    }

    [Fact]
    public void Other_dimensions_are_refused() =>
        BothRefuse<ArgumentException>(Good, Good.Map((_, row) => [.. row, 0f]), "Training features have 3 dimensions, these have 4");

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_not_finite_is_refused_with_its_row(float value)
    {
        var broken = Good.Map((i, row) => i is 11 or 13 ? [row[0], value, row[2]] : row);
        BothRefuse(broken, Good, "row 11 of 20 has NaN or an infinity (2 such rows)");
        BothRefuse(Good, broken, "row 11 of 20 has NaN or an infinity (2 such rows)");
    }
}
