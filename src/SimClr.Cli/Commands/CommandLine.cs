using System.CommandLine;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Cli.Commands;

/// <summary>The commands of the program, and their execution.</summary>
internal static class CommandLine
{
    /// <summary>The commands by what they are for, as help lists them.</summary>
    public static readonly IReadOnlyList<(string Group, IReadOnlyList<string> Commands)> Groups =
    [
        ("Data", ["doctor", "pack", "views"]),
        ("Training", ["demo", "pretrain", "finetune", "distill"]),
        ("Evaluation", ["evaluate", "health", "runs", "report", "watch"]),
        ("Using an encoder", ["embed", "search", "duplicates", "cluster", "projector", "export"]),
        ("Tools", ["bench", "bench-device", "selftest", "completion"]),
    ];

    /// <summary>All commands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("SimCLR: train an image encoder on images without labels, evaluate it and use it.")
        {
            SharedOptions.Quiet,
            SharedOptions.MaxImageMegapixels,
            SharedOptions.TrustScript,
            DoctorCommand.Create(),
            PackCommand.Create(),
            PretrainCommand.Create(),
            EvaluateCommand.Create(),
            HealthCommand.Create(),
            FineTuneCommand.Create(),
            DistillCommand.Create(),
            RunsCommand.Create(),
            ExportCommand.Create(),
            EmbedCommand.Create(),
            SearchCommand.Create(),
            DuplicatesCommand.Create(),
            ClusterCommand.Create(),
            ProjectorCommand.Create(),
            ViewsCommand.Create(),
            ReportCommand.Create(),
            WatchCommand.Create(),
            BenchCommand.Create(),
            SelftestCommand.Create(),
            BenchDeviceCommand.Create(),
            DemoCommand.Create(),
            CompletionCommand.Create(),
        };
        root.Add(CompletionCommand.CreateComplete(root));
        CommandHelp.AddTo(root);
        return root;
    }

    /// <summary>Runs a command and reports errors.</summary>
    /// <param name="args">The arguments of the program.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] args) => RunAsync(Create(), args);

    /// <summary>The rules of parsing: <c>@list.txt</c> is data, not a file of arguments.</summary>
    internal static ParserConfiguration Parsing { get; } = new() { ResponseFileTokenReplacer = null };

    /// <summary>Like <see cref="RunAsync(string[])"/>, with the caller's commands; tests add one that fails.</summary>
    internal static async Task<int> RunAsync(RootCommand commands, string[] args)
    {
        // Opened now: later there may be no file handle left for the message.
        Console.OpenStandardError().Write([]);
        var parsed = commands.Parse(args.Length == 0 ? ["--help"] : args, Parsing);
        if (UsageError.Of(parsed) is { } wrong)
        {
            await LetFirstRankSpeakAsync();
            await Console.Error.WriteLineAsync($"simclr: {Printable.Of(wrong)}");
            return ErrorReport.Usage;
        }

        try
        {
            if (parsed.GetValue(SharedOptions.MaxImageMegapixels) is { } megapixels) ImageDecoder.MaxPixels = megapixels * 1_000_000L;
            // The run handles signals itself, because it saves before it ends.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e)
        {
            await LetFirstRankSpeakAsync();
            await Console.Error.WriteLineAsync(ErrorReport.Text(e));
            return ErrorReport.ExitCode(e);
        }
    }

    // An error that all ranks have is printed once: the launcher ends the others when the first has ended.
    private static Task LetFirstRankSpeakAsync() =>
        RankedCommand.Launcher.Rank > 0 ? Task.Delay(RankedCommand.Patience) : Task.CompletedTask;
}
