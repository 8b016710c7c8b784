using System.CommandLine;
using System.Text;
using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.Cli.Commands;

/// <summary><c>docs/cli.md</c>: every command, option, example and recipe key, generated from the program itself.</summary>
internal static class CliPage
{
    private const string Introduction = """
        # The command line

        Written by the program's tests from the commands themselves: change those, not this page (CONTRIBUTING.md says how).

        Results go to stdout; progress, notes, warnings and errors to stderr. There are colours and moving bars on a terminal alone, and not
        where `NO_COLOR` is set or `TERM` is `dumb`. Every command takes `--help`, `--quiet` (`-q`: nothing on stderr but warnings and errors),
        and `--max-image-megapixels N` (images of more million pixels are refused; default 128).

        | exit code | |
        |---|---|
        | 0 | done |
        | 1 | something that the message names went wrong: a file, the images, the machine, the network, a training that diverged; or a check does not hold |
        | 2 | the command line or a recipe is wrong |
        | 70 | a defect of simclr itself: the message has its stack, and says to whom to report it |
        | 129, 130, 143 | SIGHUP, Ctrl+C or SIGTERM stopped it; a run has saved then, and `--resume` goes on |

        | variable | |
        |---|---|
        | `NO_COLOR` | set to anything: no escape sequences, lines instead of bars |
        | `SIMCLR_LIBTORCH` | a folder with another libtorch 2.10 than the packaged one |
        | `XDG_CACHE_HOME` | downloaded data sets are kept in `$XDG_CACHE_HOME/simclr`, by default `~/.cache/simclr` |


        """;

    public static string Markdown(RootCommand root)
    {
        var page = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        foreach (var command in root.Subcommands) Append(page, "simclr", command);
        page.Append("## Keys of a recipe\n\nIn a YAML file, nested or dotted; on the command line as `--set KEY=VALUE`. An empty default follows from other values or from the images.\n\n| key | type | default |\n|---|---|---|\n");
        foreach (var key in OptionsText.Describe(typeof(PretrainOptions))) page.Append($"| `{key.Key}` | {Cell(key.Type)} | {Cell(key.Default is "null" ? "" : key.Default)} |\n");
        return page.ToString();
    }

    private static void Append(StringBuilder page, string above, Command command)
    {
        if (command.Hidden) return;
        string name = $"{above} {command.Name}";
        if (command.Subcommands.Count > 0)
        {
            foreach (var inner in command.Subcommands) Append(page, name, inner);
            return;
        }

        string arguments = string.Concat(command.Arguments.Select(a => a.Arity.MinimumNumberOfValues == 0 ? $" [{a.HelpName ?? a.Name} …]" : $" {a.HelpName ?? a.Name.ToUpperInvariant()}"));
        page.Append($"## {name}\n\n{command.Description}\n\n");
        foreach (var argument in command.Arguments) page.Append($"`{argument.HelpName ?? argument.Name.ToUpperInvariant()}`: {argument.Description}\n\n");
        var options = command.Options.Where(o => !o.Hidden).ToList();
        if (options.Count > 0)
        {
            page.Append("| option | |\n|---|---|\n");
            foreach (var option in options) page.Append($"| {Cell($"`{string.Join(", ", [option.Name, .. option.Aliases])}{Value(option)}`")} | {Cell(option.Description ?? "")}{(option.Required ? " Required." : "")}{Default(option)} |\n");
            page.Append('\n');
        }
        page.Append($"```\n{name}{arguments}{(options.Count > 0 ? " [options]" : "")}\n");
        foreach (var (what, line) in Examples.Of(command)) page.Append($"\n# {what}\n{line}\n");
        page.Append("```\n\n");
    }

    private static string Value(Option option) =>
        option.HelpName is { } name ? $" {name}" : option.ValueType.IsEnum ? $" {string.Join('|', Enum.GetNames(option.ValueType)).ToLowerInvariant()}" : "";

    private static string Default(Option option) =>
        option.HasDefaultValue && option.GetDefaultValue() is { } value and (string or Enum) ? $" Default {value.ToString()!.ToLowerInvariant()}." : "";

    private static string Cell(string text) => text.Replace("|", @"\|", StringComparison.Ordinal);
}
