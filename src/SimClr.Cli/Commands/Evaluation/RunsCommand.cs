using System.CommandLine;
using SimClr.RunFolders;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr runs</c>: lists the run folders and their progress.</summary>
internal static class RunsCommand
{
    private const string Usual = "runs";

    public static Command Create()
    {
        var folders = new Argument<string[]>("dir")
        {
            Description = "Run folders, or folders that hold run folders. [default: runs]",
            HelpName = "DIR",
            Arity = ArgumentArity.ZeroOrMore
        };
        var json = SharedOptions.Json();
        var command = new Command("runs", "List runs with their state, loss and accuracy") { folders, json };
        command.SetAction(parsed =>
        {
            var terminal = parsed.Terminal();
            string[] given = parsed.GetValue(folders) is { Length: > 0 } named ? named : [Usual];
            bool none = given is [Usual] && !Directory.Exists(Usual);
            IReadOnlyList<RunSummary> found = none ? [] : [.. given.SelectMany(RunSummary.Find)];
            if (found.Count > 0 || parsed.GetValue(json)) new RunsOutput(found).Print(terminal, parsed.GetValue(json));
            else terminal.Note($"No run in {string.Join(", ", given)}. Start one with simclr pretrain --output {Usual}/NAME.");
        });
        return command.WithDetails("Prints the last loss and contrastive top-1 (%), " +
            "kNN and linear top-1 (%) of the newest evaluation and its images, size and last change.").WithExamples(
            ("The runs in ./runs", "simclr runs"),
            ("The finished ones, for a script", "simclr runs --json | jq '.runs[] | select(.state == \"finished\")'"));
    }
}
