using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class TestSetTests
{
    private static TestSet Two() => new(new Rows([[0, 1], [1, 0], [1, 1]], [1, 0, 1]).ToFeatures());

    [Fact]
    public void A_classifier_is_scored_once_and_a_second_look_is_refused_by_name()
    {
        using var test = Two();
        // of equal scores the lower class wins: the last row is classified as 0
        test.Score("a", values => values.alias()).Accuracy.Top1.ShouldBe(2.0 / 3);
        test.Score("b", values => values.alias());
        Should.Throw<InvalidOperationException>(() => test.Score("a", values => values.alias())).Message.ShouldContain("'a'");
        Should.Throw<InvalidOperationException>(() => test.Score(["c", "b"], values => [values.alias(), values.alias()])).Message.ShouldContain("'b'");
        test.Score("c", values => values.alias()); // no row of the refused pair was scored
    }

    [Fact]
    public void Scores_include_the_confusion_matrix()
    {
        using var test = Two();
        var confusion = test.Score("a", values => values.alias()).Confusion;
        (confusion[0, 0], confusion[0, 1], confusion[1, 0], confusion[1, 1]).ShouldBe((1, 0, 1, 1));
    }

    [Fact]
    public void The_lowest_class_of_equal_scores_wins_at_any_position()
    {
        using var scope = torch.NewDisposeScope();
        var scores = torch.tensor(new float[,] { { 1, 3, 3, 2 }, { 5, 5, 5, 5 }, { 0, 1, 2, 2 } });
        var confusion = TestScores.Of(scores, torch.tensor(new long[] { 1, 0, 2 })).Confusion;
        (confusion[1, 1], confusion[0, 0], confusion[2, 2]).ShouldBe((1, 1, 1));
    }
}
