using System.Text.RegularExpressions;
using SimClr.Cli.Commands;

namespace SimClr.Cli.Tests.Commands;

/// <summary>Every option of every command whose help offers <c>auto</c>.</summary>
[Collection(InProcess.Name)]
public sealed partial class AutomaticValuesTests
{
    [GeneratedRegex(@"\bauto\b")]
    private static partial Regex Auto();

    [Fact]
    public void An_option_that_takes_auto_names_it_when_it_refuses_another_value()
    {
        using var folder = new TemporaryFolder();
        var offered = CommandLine.Create().Subcommands.SelectMany(command => command.Options.Where(option => !option.Hidden
            && Auto().IsMatch($"{option.HelpName} {option.Description}")).Select(option => (Command: command, Option: option))).ToList();
        offered.Select(offer => offer.Option.Name).Distinct().Order()
            .ShouldBe(["--batch-size", "--device", "--epochs", "--image-size", "--precision", "--render-on", "--value-range"]);
        foreach (var (command, option) in offered.DistinctBy(offer => offer.Option.Name))
        {
            string[] needed = [.. command.Options.Where(o => o.Required && o != option).SelectMany(o => new[] { o.Name, o.Name switch
            {
                "--data" => "builtin",
                "--output" => Path.Combine(folder.Path, "run"),
                _ => folder.Path,
            } })];
            var (exitCode, _, error) = InProcess.Run(string.Join(' ', [command.Name, .. needed, option.Name, "nonsense"]));
            exitCode.ShouldBe(2, $"{command.Name} {option.Name}: {error}");
            error.ShouldMatch(@"\bauto\b.*, not 'nonsense'", $"{command.Name} {option.Name}");
        }
    }
}
