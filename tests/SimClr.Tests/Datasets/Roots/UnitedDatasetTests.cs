using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class UnitedDatasetTests
{
    [Fact]
    public void Images_of_the_sets_come_one_after_the_other()
    {
        IImageDataset[] sets = [new SyntheticImages(3), new SyntheticImages(5), new SyntheticImages(1)];
        var united = UnitedDataset.Of("all", sets);
        united.Count.ShouldBe(9);
        int at = 0;
        for (int set = 0; set < sets.Length; set++)
        {
            for (int i = 0; i < sets[set].Count; i++, at++)
            {
                united.SetOf(at).ShouldBe(set);
                united.Label(at).ShouldBe(sets[set].Label(i));
                united.Describe(at).ShouldBe(sets[set].Describe(i));
                united.Read(at).Pixels.ToArray().ShouldBe(sets[set].Read(i).Pixels.ToArray());
            }
        }
        Should.Throw<ArgumentOutOfRangeException>(() => united.Read(9));
        Should.Throw<ArgumentOutOfRangeException>(() => united.Label(-1));
    }

    [Fact]
    public void Classes_of_one_name_are_one_class()
    {
        var united = UnitedDataset.Of("all", [new SyntheticImages(3, 2), new SyntheticImages(4, 4)]);
        united.Classes.ShouldBe(new SyntheticImages(4, 4).Classes);
        for (int i = 0; i < 4; i++) united.Label(3 + i).ShouldBe(new SyntheticImages(4, 4).Label(i));
        Should.Throw<ArgumentException>(() => UnitedDataset.Of("none", []));
    }
}
