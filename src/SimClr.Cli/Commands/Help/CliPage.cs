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

        Results go to stdout; progress, notes, warnings and errors to stderr. Colours and progress bars are for terminals only, and are off
        where `NO_COLOR` is set or `TERM` is `dumb`. Every command takes `--help` (the everyday options), `--help-all` (all of them),
        `--quiet` (`-q`: only results, warnings and errors), `--max-image-megapixels N` (larger images are refused; default 128), and
        `--trust-script` (TorchScript files are loaded, which runs the program in them; by default they are refused).

        | exit code | |
        |---|---|
        | 0 | done |
        | 1 | an error that the message names: a file, the images, the machine, the network, a training that diverged; or a check failed |
        | 2 | the command line or a recipe is wrong |
        | 70 | a bug in simclr itself: the message has its stack trace |
        | 129, 130, 143 | stopped by SIGHUP, Ctrl+C or SIGTERM; a run has saved its state, and `--resume` continues it |

        | variable | |
        |---|---|
        | `NO_COLOR` | if set: no escape sequences, lines instead of progress bars |
        | `SIMCLR_LIBTORCH` | folder of another libtorch 2.10 than the packaged one |
        | `SIMCLR_TENSOR_MEMORY` | `system`: glibc allocates the tensors, not this library |
        | `XDG_CACHE_HOME` | folder of downloaded data sets: `$XDG_CACHE_HOME/simclr`, by default `~/.cache/simclr` |


        """;

    public static string Markdown(RootCommand root)
    {
        var page = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        foreach (var (group, commands) in CommandLine.Groups)
        {
            page.Append($"# {group}\n\n");
            foreach (string name in commands) Append(page, "simclr", root.Subcommands.First(command => command.Name == name));
        }
        page.Append("# Keys of a recipe\n\nIn a YAML file, nested or dotted; on the command line as `--set KEY=VALUE`. " +
            "An empty default follows from other values or from the images.\n\n");
        page.Append("`epochs`, `batch-size`, `precision`, `preprocessing.image-size`, `preprocessing.value-range` and " +
            "`optimizer.warmup-epochs`\nmay also be `auto`: the program chooses the value when a run begins, and writes it into the " +
            "run's recipe.\nThe recipe `photos`, the default of `pretrain`, does so.\n\n");
        page.Append("| key | type | default |\n|---|---|---|\n");
        foreach (var key in OptionsText.Describe(typeof(PretrainOptions)))
            page.Append($"| `{key.Key}` | {Cell(key.Type)} | {Cell(key.Default is "null" ? "" : key.Default)} |\n");
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

        page.Append($"## {name}\n\n{Paragraph($"{command.Description}. {CommandDetails.Of(command)}")}\n\n");
        foreach (var argument in command.Arguments)
            page.Append($"{Paragraph($"`{argument.HelpName ?? argument.Name.ToUpperInvariant()}`: {argument.Description}")}\n\n");
        var options = command.Options.Where(o => !o.Hidden).ToList();
        if (options.Count > 0)
        {
            page.Append("| option | | default |\n|---|---|---|\n");
            foreach (var option in options.OrderBy(OptionHelp.GroupOf).ThenBy(OptionHelp.IsForFew))
                page.Append($"| {Cell($"`{OptionHelp.LabelOf(option)}`")} | " +
                    $"{Cell(OptionHelp.DescriptionOf(option))}{(option.Required ? " Required." : "")} " +
                    $"| {Cell(OptionHelp.DefaultOf(option) ?? "")} |\n");
            page.Append('\n');
        }
        page.Append($"```\n{CommandHelp.UsageOf(command)}\n");
        foreach (var (what, line) in Examples.Of(command)) page.Append($"\n# {what}\n{line}\n");
        page.Append("```\n\n");
    }

    private static string Paragraph(string text) => string.Join('\n', CommandHelp.Wrapped(text, 0));

    private static string Cell(string text) => text.Replace("|", @"\|", StringComparison.Ordinal);
}
