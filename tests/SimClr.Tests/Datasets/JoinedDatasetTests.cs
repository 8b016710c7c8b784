using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class JoinedDatasetTests
{
    [Fact]
    public void Images_of_the_parts_come_one_after_the_other()
    {
        IImageDataset[] parts = [new SyntheticImages(3), new SyntheticImages(5), new SyntheticImages(1)];
        var joined = new JoinedDataset("all", parts);
        joined.Count.ShouldBe(9);
        int at = 0;
        for (int part = 0; part < parts.Length; part++)
        {
            for (int i = 0; i < parts[part].Count; i++, at++)
            {
                joined.PartOf(at).ShouldBe(part);
                joined.Label(at).ShouldBe(parts[part].Label(i));
                joined.Describe(at).ShouldBe(parts[part].Describe(i));
                joined.Read(at).Pixels.ToArray().ShouldBe(parts[part].Read(i).Pixels.ToArray());
            }
        }
        Should.Throw<ArgumentOutOfRangeException>(() => joined.Read(9));
        Should.Throw<ArgumentOutOfRangeException>(() => joined.Label(-1));
    }

    [Fact]
    public void Parts_with_other_classes_are_refused()
    {
        Should.Throw<InvalidDataException>(() => new JoinedDataset("all", new SyntheticImages(3, 4), new SyntheticImages(3, 5))).Message.ShouldContain("4 classes");
        Should.Throw<ArgumentException>(() => new JoinedDataset("none"));
    }
}
