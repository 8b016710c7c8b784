using System.Reflection;
using System.Text;
using SimClr.Cli.Configuration;

namespace SimClr.Cli.Tests.Configuration;

public sealed class RecipeTests
{
    [Fact]
    public void A_bare_name_is_one_of_the_programs_recipes()
    {
        var program = new ProgramWith(("recipes/small.yaml", "a: 1"), ("recipes/large.yaml", "a: x y\nb: 2"), ("other.txt", ""));
        Recipe.Names(program).ShouldBe(["large", "small"]);
        Recipe.Read("large", program).Select(s => (s.Key, s.Value.ToString(), s.Source)).ShouldBe([("a", "x y", "large.yaml:1"), ("b", "2", "large.yaml:2")]);
    }

    [Fact]
    public void An_unknown_name_lists_the_known_ones() =>
        Should.Throw<ConfigurationException>(() => Recipe.Read("tiny", new ProgramWith(("recipes/small.yaml", ""), ("recipes/large.yaml", ""))))
            .Message.ShouldBe("There is no recipe 'tiny'; known are large, small, or name a file (tiny.yaml).");

    [Fact]
    public void Every_recipe_of_the_program_is_one()
    {
        foreach (var name in Recipe.Names()) Recipe.Read(name).ShouldNotBeNull(name);
        Should.Throw<ConfigurationException>(() => Recipe.Read("no-such-recipe"));
    }

    [Fact]
    public void A_path_is_a_file()
    {
        var path = Path.Combine(Path.GetTempPath(), $"simclr-{Guid.NewGuid():n}.yaml");
        Should.Throw<ConfigurationException>(() => Recipe.Read(path)).Message.ShouldStartWith($"The recipe {path} cannot be read: ");
        File.WriteAllText(path, "# nothing but a comment\n");
        Recipe.Read(path).ShouldBeEmpty();
        File.WriteAllText(path, "a: {b: 1}");
        Recipe.Read(path).ShouldHaveSingleItem().ShouldSatisfyAllConditions(s => s.Key.ShouldBe("a.b"), s => s.Source.ShouldBe($"{path}:1"));
        File.Delete(path);
    }

    private sealed class ProgramWith(params (string Name, string Text)[] resources) : Assembly
    {
        public override string[] GetManifestResourceNames() => [.. resources.Select(r => r.Name)];

        public override Stream? GetManifestResourceStream(string name) =>
            resources.Where(r => r.Name == name).Select(r => new MemoryStream(Encoding.UTF8.GetBytes(r.Text))).FirstOrDefault();
    }
}
