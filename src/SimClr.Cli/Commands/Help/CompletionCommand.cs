using System.CommandLine;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr completion bash|zsh|fish</c>: prints a script with which a shell completes commands, options and names.</summary>
internal static class CompletionCommand
{
    // The scripts pass the line up to the cursor. If nothing is known about the next word, they offer files.
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _simclr() {
                local line="${COMP_LINE:0:$COMP_POINT}"
                mapfile -t COMPREPLY < <(simclr complete "$line" 2>/dev/null)
            }
            complete -o default -F _simclr simclr
            """,
        ["zsh"] = """
            #compdef simclr
            _simclr() {
                local -a found
                found=(${(f)"$(simclr complete "$LBUFFER" 2>/dev/null)"})
                if (( $#found )); then compadd -- $found; else _files; fi
            }
            compdef _simclr simclr
            """,
        ["fish"] = """
            complete -c simclr -a '(simclr complete (commandline -cp))'
            """,
    };

    /// <summary>The command for users.</summary>
    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Print a script for completion in a shell") { shell };
        command.SetAction(parsed => parsed.Terminal().Verbatim(Scripts[parsed.GetValue(shell)!].ReplaceLineEndings("\n")));
        return command.WithDetails("It completes simclr's commands, options and names.").WithExamples(
            ("For this bash (in ~/.bashrc: for all)", "source <(simclr completion bash)"),
            ("For fish", "simclr completion fish > ~/.config/fish/completions/simclr.fish"));
    }

    /// <summary>The command that the scripts call.</summary>
    public static Command CreateComplete(RootCommand root)
    {
        var line = new Argument<string>("line");
        var command = new Command("complete", "Print possible next words, one a line.") { line };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            string[] words = parsed.GetValue(line)!.Split(' ', 2); // the program and the remaining words
            string typed = words.Length == 2 ? words[1] : "";
            var terminal = parsed.Terminal();
            foreach (string label in After(root.Parse(typed), typed)) terminal.Result(label);
        });
        return command;
    }

    private static IEnumerable<string> After(ParseResult parsed, string typed)
    {
        string[] words = typed.Split(' ');
        string before = words.SkipLast(1).LastOrDefault(w => w.Length > 0, "");
        bool value = parsed.CommandResult.Command.Options.Any(o => o.Arity.MinimumNumberOfValues > 0
            && (o.Name == before || o.Aliases.Contains(before)));
        var all = parsed.GetCompletions(typed.Length).Select(c => c.Label).Where(label => !label.StartsWith('/') && label != "-?")
            .ToLookup(label => label.StartsWith('-'));
        // After an option that takes a value comes a value. Options are offered after a dash, or where there is nothing else.
        return value ? all[false] : words[^1].StartsWith('-') || !all[false].Any() ? all[true] : all[false];
    }
}
