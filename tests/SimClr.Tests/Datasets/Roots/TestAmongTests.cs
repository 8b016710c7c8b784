using System.Text;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

/// <summary>Whether the images of a test were among those of a run, as far as their places tell.</summary>
public sealed class TestAmongTests : IDisposable
{
    private readonly TempFolder temp = new();

    public TestAmongTests()
    {
        temp.WriteImages("a/ant/1.png", "a/cat/2.png", "b/ant/3.png", "c/train/ant/4.png", "c/test/ant/5.png");
        temp.Write("a/list.txt", Encoding.UTF8.GetBytes("ant/1.png\tant"));
    }

    public void Dispose() => temp.Dispose();

    private string Place(string name) => name == "builtin" ? name : name[0] == '@' ? "@" + temp.At(name[1..].Split('/')) : temp.At(name.Split('/'));

    [Theory]
    [InlineData("a", null, "a", true)] // a fifth is held out of what was trained on
    [InlineData("a", null, "b,a", true)]
    [InlineData("a", null, "b", false)]
    [InlineData("c", null, "c", false)] // its own test part was not trained on
    [InlineData("a", "b", "b", true)]
    [InlineData("a", "b", "a", false)]
    [InlineData("a", "c", "c", false)]
    [InlineData("a,c", null, "a,c", false)] // the test part of c alone is scored
    [InlineData("a,b", null, "b", true)]
    [InlineData("builtin", null, "builtin", false)]
    [InlineData("@a/list.txt", null, "a", null)] // the places do not tell
    [InlineData("a/ant", null, "a", null)]
    [InlineData("a", null, "a/ant", null)]
    public async Task The_places_tell(string data, string? test, string trained, bool? among)
    {
        var source = await ImageSource.FindAsync([.. data.Split(',').Select(Place)], cancellationToken: TestContext.Current.CancellationToken);
        if (test is not null) source = source.WithTest(await ImageSource.FindAsync(Place(test), cancellationToken: TestContext.Current.CancellationToken));
        source.IsTestAmong([.. trained.Split(',').Select(Place)]).ShouldBe(among);
    }

    [Theory]
    [InlineData("", "/")]
    [InlineData("/", "")]
    public async Task A_separator_at_the_end_of_a_path_does_not_matter(string now, string then)
    {
        var source = await ImageSource.FindAsync(Place("a") + now, cancellationToken: TestContext.Current.CancellationToken);
        source.Names.ShouldBe([Place("a")]);
        source.IsTestAmong([Place("a") + then]).ShouldBe(true);
    }

    [Fact]
    public async Task Images_of_a_program_are_not_known()
    {
        var a = (await ImageSource.FindAsync(temp.At("a"), cancellationToken: TestContext.Current.CancellationToken)).Parts(ImagePart.Train)[0].Data;
        ImageSource.Of(a).IsTestAmong([temp.At("a")]).ShouldBeNull();
    }
}
