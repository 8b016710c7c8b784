using SimClr.Models;

namespace SimClr.Tests.House;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_is_what_the_list_says()
    {
        string root = ArrowsTests.RepositoryRoot(), list = Path.Combine(root, "tests", "SimClr.Tests", "House", "PublicApi.txt");
        string received = Path.Combine(AppContext.BaseDirectory, "PublicApi.received.txt");
        var (now, then) = (PublicApi.Of(typeof(ResNet).Assembly), File.Exists(list) ? File.ReadAllLines(list) : []);
        File.WriteAllText(received, string.Concat(now.Select(line => line + "\n")));
        if (now.SequenceEqual(then)) return;

        string changes = string.Concat(then.Except(now).Select(line => $"- {line}\n").Concat(now.Except(then).Select(line => $"+ {line}\n")));
        Assert.Fail($"The library's public members are not those of the list:\n{changes}If that is meant, take the new list:\n  cp {Path.GetRelativePath(root, received)} {Path.GetRelativePath(root, list)}");
    }

    // The list is worth what its writer sees: members of every kind, as a reader of this file would write them.
    [Fact]
    public void The_list_shows_what_a_user_can_see_and_nothing_else() =>
        PublicApi.Of(typeof(PublicApiTests).Assembly).Where(l => l.StartsWith("SimClr.Tests.House.Sample", StringComparison.Ordinal)).ShouldBe(
        [
            "SimClr.Tests.House.SampleBase (abstract class : IDisposable)",
            "SimClr.Tests.House.SampleBase.Dispose(): void",
            "SimClr.Tests.House.SampleBase.Limit = 3",
            "SimClr.Tests.House.SampleBase.Make<T>(out T made, params ReadOnlySpan<long> sizes): static bool",
            "SimClr.Tests.House.SampleBase.Think(IReadOnlyList<string?> words, int? count = null, string? name = \"x\"): string?",
            "SimClr.Tests.House.SampleBase.new()",
            "SimClr.Tests.House.SampleBase.new(int size)",
            "SimClr.Tests.House.SampleKind (enum : byte)",
            "SimClr.Tests.House.SampleKind.None = 0",
            "SimClr.Tests.House.SampleKind.Some = 7",
            "SimClr.Tests.House.SampleRecord (sealed record)",
            "SimClr.Tests.House.SampleRecord.Pair { get; init; }: (int, double[])",
            "SimClr.Tests.House.SampleRecord.Width { get; set; }: double?",
            "SimClr.Tests.House.SampleRecord.new((int, double[]) Pair)",
        ]);
}
