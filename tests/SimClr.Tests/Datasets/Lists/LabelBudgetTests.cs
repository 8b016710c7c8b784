using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class LabelBudgetTests
{
    private static readonly BuiltInImages Images = new(DatasetPart.Train, count: 240); // 20 of each of 12 classes

    [Theory]
    [InlineData("1%", 1)] // at least one
    [InlineData("10%", 2)]
    [InlineData("12.5%", 2)]
    [InlineData("100%", 20)]
    [InlineData("7", 7)]
    [InlineData("500", 20)]
    public void Every_class_gives_its_part(string text, int each)
    {
        var budget = LabelBudget.Parse(text)!;
        budget.ToString().ShouldBe(text);
        var taken = Subsets.Labelled(Images, budget, seed: 3);
        taken.Count.ShouldBe(12 * each);
        Enumerable.Range(0, taken.Count).CountBy(taken.Label).ShouldAllBe(n => n.Value == each);
    }

    [Fact]
    public void A_smaller_budget_is_part_of_a_larger_one_and_another_seed_takes_others()
    {
        string[] Taken(string budget, long seed)
        {
            var images = Subsets.Labelled(Images, LabelBudget.Parse(budget)!, seed);
            return [.. Enumerable.Range(0, images.Count).Select(images.Describe)];
        }
        Taken("3", 1).ShouldBeSubsetOf(Taken("40%", 1));
        Taken("3", 1).ShouldBe(Taken("3", 1));
        Taken("3", 1).ShouldNotBe(Taken("3", 2));
    }

    [Theory]
    [InlineData("0%")]
    [InlineData("101%")]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("ten")]
    [InlineData("1,5%")]
    public void Anything_else_is_no_budget(string text) => LabelBudget.Parse(text).ShouldBeNull();

    [Fact]
    public void Without_labels_asking_for_a_label_throws()
    {
        var images = new UnlabelledDataset(Images);
        (images.Count, images.Classes.Count).ShouldBe((240, 0));
        images.Read(3).Pixels.ToArray().ShouldBe(Images.Read(3).Pixels.ToArray());
        Should.Throw<InvalidOperationException>(() => images.Label(3)).Message.ShouldContain("image 3");
    }
}
