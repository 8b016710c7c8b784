using System.Text;
using SimClr.Datasets;
using SimClr.Pretraining;

namespace SimClr.Tests.Pretraining;

public sealed class ListedGroupsTests : IDisposable
{
    private readonly TempFolder temp = new();

    public ListedGroupsTests()
    {
        temp.WriteImages("photos/b.png", "#1.dat", "ü/c.png");
    }

    public void Dispose() => temp.Dispose();

    private string List(string text) => "@" + temp.Write("list.txt", Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Groups_of_a_list_make_pairs()
    {
        var images = ImageDatasets.Open(List("photos/b.png\t\tP1\n#1.dat\nü/c.png\t\tP1"), DatasetPart.Pretraining);
        var options = new PretrainOptions { Positives = PositivesKind.List };
        var groups = PositiveGroups.Of(options, new UnlabelledDataset(images))!;
        Enumerable.Range(0, 3).Select(groups.Of).ShouldBe([0, 1, 1]);
        groups.Name(1).ShouldBe("P1");
        Should.Throw<InvalidDataException>(() => PositiveGroups.Of(options, ImageDatasets.Open(List("photos/b.png\n#1.dat"), DatasetPart.Train))).Message
            .ShouldBe("list.txt names no groups. With positives list they are the third field of a line of the list (path, class, group, with tabs between), or the second column of a table (@FILE.csv:CLASS,GROUP).");
    }
}
