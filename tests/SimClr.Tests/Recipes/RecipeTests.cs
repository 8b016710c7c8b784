using System.Text;
using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.Tests.Recipes;

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
            .Message.ShouldBe("There is no recipe 'tiny'. Built-in recipes: large, small. A file's name has an extension: tiny.yaml.");

    [Fact]
    public void Every_built_in_recipe_is_valid()
    {
        foreach (var name in Recipe.Names()) Recipe.Read(name).ShouldNotBeNull(name);
        Should.Throw<ConfigurationException>(() => Recipe.Read("no-such-recipe"));
    }

    [Fact]
    public void Keys_of_version_1_are_read_under_the_names_of_today_and_a_newer_version_is_refused()
    {
        static IEnumerable<(string, string, string)> Read(string yaml) => Recipe.Parse(yaml, "r.yaml").Select(s => (s.Key, s.Value.ToString(), s.Source));
        const string Keys = "image-size: 32\nviews: {interpolation: bicubic, min-scale: 0.2}\nviews.mean: 1\nviews.standard-deviation: 2\n";
        (string, string, string)[] today =
        [
            ("preprocessing.image-size", "32", "r.yaml:1"), ("preprocessing.interpolation", "bicubic", "r.yaml:2"), ("views.min-scale", "0.2", "r.yaml:2"),
            ("preprocessing.mean", "1", "r.yaml:3"), ("preprocessing.standard-deviation", "2", "r.yaml:4"),
        ];
        Read(Keys).ShouldBe(today);
        Read(Keys + "version: 1").ShouldBe(today);
        Read("version: 2\nviews.mean: 1").ShouldBe([("views.mean", "1", "r.yaml:2")]);

        PretrainOptions Bind(string yaml, params string[] arguments) => OptionsBinder.Bind<PretrainOptions>(Recipe.Parse(yaml, "r.yaml"), arguments.Select(Setting.Parse));
        Bind("image-size: 40").ImageSize.ShouldBe(40);
        Bind("version: 2\npreprocessing.image-size: 40", "image-size=48", "views.mean=0.1,0.2,0.3").Preprocessing
            .ShouldSatisfyAllConditions(p => p.ImageSize.ShouldBe(48), p => p.Mean.ShouldBe([0.1, 0.2, 0.3]));
        void Refused(string yaml, string sentence) => Should.Throw<ConfigurationException>(() => Bind(yaml)).Message.ShouldBe(sentence);
        Refused("version: 3\nnews: 1", "r.yaml:1: the recipe has version 3, but this program reads versions 1 to 2. A newer program wrote it.");
        Refused("version: 0", "r.yaml:1: the recipe has version 0, but this program reads versions 1 to 2.");
        Refused("version: new", "r.yaml:1: version must be a whole number, not 'new'.");
        Refused("version: 2\nimage-size: 32", "r.yaml:2: there is no key 'image-size'. Did you mean preprocessing.image-size?");
        Refused("image-size: 32\npreprocessing.image-size: 32", "r.yaml:2: preprocessing.image-size is given twice, first in r.yaml:1.");
        Refused("image-size: 4", "r.yaml:1: preprocessing.image-size must be 0 (by the data) or at least 8, not 4.");
    }

    [Fact]
    public void Removed_keys_are_accepted_without_effect_and_refused_by_name_otherwise()
    {
        static PretrainOptions Bind(string yaml, params string[] arguments) => OptionsBinder.Bind<PretrainOptions>(Recipe.Parse(yaml, "r.yaml"), arguments.Select(Setting.Parse));
        foreach (string version in (string[])["", "version: 2\n"]) Bind(version + "epochs: 7\nmemory: {size: 0, momentum: 0.9}").Epochs.ShouldBe(7);
        Bind("epochs: 7", "memory.size=0").Epochs.ShouldBe(7);

        void Refused(string source, string yaml, params string[] arguments) =>
            Should.Throw<ConfigurationException>(() => Bind(yaml, arguments)).Message.ShouldStartWith($"{source}: memory.size: the memory of negatives was removed in 0.2");
        Refused("r.yaml:2", "epochs: 7\nmemory.size: 65536");
        Refused("--set", "epochs: 7", "memory.size=1");
        Should.Throw<ConfigurationException>(() => Bind("memory.size: many")).Message.ShouldBe("r.yaml:1: memory.size must be a whole number, not 'many'.");
        Should.Throw<ConfigurationException>(() => Bind("memory.sise: 0")).Message.ShouldStartWith("r.yaml:1: there is no key 'memory.sise'");
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

    // A list that contains itself as a key, 20,000 nested maps, lists of lists of lists as a key: 11 bytes to 100 kB that overflowed the
    // stack or never ended.
    public static TheoryData<string, string> Takers => new()
    {
        { "&a [*a]: 1\n", "r.yaml:1: anchors and aliases (&a) are not allowed in a recipe." },
        { "a: 1\nb: *x\n", "r.yaml:2: anchors and aliases (&x) are not allowed in a recipe." },
        { string.Concat(Enumerable.Range(0, 12).Select(i => $"a{i}: &a{i} [{(i == 0 ? "x,x" : $"*a{i - 1},*a{i - 1}")}]\n")) + "? *a11\n: 1\n", "r.yaml:1: anchors and aliases (&a0) are not allowed in a recipe." },
        { $"&{new string('a', 1000)} x: 1", $"r.yaml:1: anchors and aliases (&{new string('a', 120)}… (1000 characters)) are not allowed in a recipe." },
        { string.Concat(Enumerable.Repeat("{a: ", 20_000)), "r.yaml:1: maps and lists are nested more than 16 deep." },
        { "a:\n" + new string('[', 100_000), "r.yaml:2: maps and lists are nested more than 16 deep." },
        { string.Concat(Enumerable.Repeat("- ", 50_000)) + "a", "r.yaml:1: maps and lists are nested more than 16 deep." },
        { "a: 1\n" + new string('#', 10_000_000), "r.yaml: a recipe has at most 262144 characters, but this has 10000005." },
        { "? " + new string('k', 100_000) + "\n: 1", "r.yaml:1: there is no key of 100000 characters." },
        { "a: 1\n---\n- b\n", "r.yaml:3: a recipe is one YAML document, but a second one starts here." },
        { "a: !<> 1\n", "r.yaml: this is not YAML. Perhaps a bracket or a quote is not closed, or a tag (!) has no name." },
    };

    [Theory]
    [MemberData(nameof(Takers))]
    public void A_text_that_would_overflow_the_stack_or_never_end_is_refused_in_one_sentence(string yaml, string sentence) =>
        Should.Throw<ConfigurationException>(() => Recipe.Parse(yaml, "r.yaml")).Message.ShouldBe(sentence);

    [Fact]
    public void A_too_large_file_a_folder_and_a_pipe_are_refused_as_recipes()
    {
        using var folder = new TempFolder();
        Should.Throw<ConfigurationException>(() => Recipe.Read(folder.At("."))).Message.ShouldBe($"{folder.At(".")} is a folder, not a file.");
        string file = Path.GetTempFileName() + ".yaml";
        File.WriteAllText(file, new string('a', 262_145));
        Should.Throw<ConfigurationException>(() => Recipe.Read(file)).Message.ShouldBe($"{file} has more than 262144 characters: it is probably another kind of file.");
        File.Delete(file);
        if (!OperatingSystem.IsLinux()) return; // no devices among the files
        Should.Throw<ConfigurationException>(() => Recipe.Read("/dev/zero")).Message.ShouldBe("/dev/zero is a device, not a file; copy what it gives into a file first, and name that.");
    }

    [Fact]
    public void Maps_and_lists_as_deep_as_any_recipes_are_read() =>
        Recipe.Parse("a: {b: {c: [[1]]}}", "r.yaml").ShouldHaveSingleItem().Key.ShouldBe("a.b.c");

    private sealed class ProgramWith(params (string Name, string Text)[] resources) : System.Reflection.Assembly
    {
        public override string[] GetManifestResourceNames() => [.. resources.Select(r => r.Name)];

        public override Stream? GetManifestResourceStream(string name) =>
            resources.Where(r => r.Name == name).Select(r => new MemoryStream(Encoding.UTF8.GetBytes(r.Text))).FirstOrDefault();
    }
}
