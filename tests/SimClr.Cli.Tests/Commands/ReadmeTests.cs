namespace SimClr.Cli.Tests.Commands;

public sealed class ReadmeTests
{
    internal static string Root
    {
        get
        {
            var at = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(at.FullName, "SimClr.slnx"))) at = at.Parent!;
            return at.FullName;
        }
    }

    private static string Readme => File.ReadAllText(Path.Combine(Root, "README.md"));

    [Fact]
    public void The_screen_of_code_is_the_sample() =>
        Readme.ShouldContain($"```csharp\n{File.ReadAllText(Path.Combine(Root, "samples", "Pretrain.cs"))}```");

    [Fact]
    public void The_results_equal_those_of_the_results_page()
    {
        static IEnumerable<string> Rows(string text) => text.Split('\n').Where(l => l.StartsWith("| CIFAR-10", StringComparison.Ordinal) || l.StartsWith("| Caltech-101", StringComparison.Ordinal));
        var rows = Rows(Readme).ToList();
        rows.ShouldNotBeEmpty();
        rows.Except(Rows(File.ReadAllText(Path.Combine(Root, "docs", "results.md")))).ShouldBeEmpty();
    }

    [Fact]
    public void The_recipes_and_commands_that_it_names_exist()
    {
        foreach (string recipe in (string[])["cifar10-cpu", "cifar10-resnet18-100", "cifar10-google", "imagenet-paper"])
        {
            Readme.ShouldContain($"`{recipe}`");
            File.Exists(Path.Combine(Root, "recipes", recipe + ".yaml")).ShouldBeTrue();
        }
        File.ReadAllText(Path.Combine(Root, ".ci", "run")).ShouldContain("dotnet test --solution SimClr.slnx -c Release");
        Readme.Split('\n').Length.ShouldBeLessThan(250);
    }
}
