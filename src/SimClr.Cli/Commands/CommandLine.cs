using System.CommandLine;
using System.Runtime.CompilerServices;
using SimClr.Distributed;
using SimClr.Images;
using SimClr.IO;
using SimClr.Pretraining;

namespace SimClr.Cli.Commands;

/// <summary>The program's commands and its exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Something that a person can mend went wrong; one line on stderr says what.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself was wrong.</summary>
    public const int Usage = 2;

    private const int NoSpaceLeft = 28, TooManyOpenFiles = 24; // ENOSPC, EMFILE

    /// <summary>All commands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Self-supervised image representations: pretrain an encoder without labels (SimCLR), and see what it is worth.")
        {
            SharedOptions.Quiet,
            SharedOptions.MaxImageMegapixels,
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
        HelpWithExamples.AddTo(root);
        return root;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        // What an error is told with is opened while there are handles.
        Console.OpenStandardError().Write([]);
        var parsed = Create().Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
        {
            await LetFirstRankSpeakAsync();
            await Console.Error.WriteLineAsync($"simclr: {Printable.Of(UsageError.Of(parsed))}");
            return Usage;
        }

        try
        {
            if (parsed.GetValue(SharedOptions.MaxImageMegapixels) is { } megapixels) ImageDecoder.MaxPixels = megapixels * 1_000_000L;
            // Signals are the run's own affair: it saves before it ends.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (IsMendable(e))
        {
            await LetFirstRankSpeakAsync();
            await Console.Error.WriteLineAsync($"simclr: {OneLine(e)}");
            return e is ConfigurationException ? Usage : Failure;
        }
    }

    // What is wrong on all ranks alike is told once: the launcher ends the others when the first has ended.
    private static Task LetFirstRankSpeakAsync() => MpiLauncher.Rank > 0 ? Task.Delay(RankedCommand.Patience) : Task.CompletedTask;

    // What the user's files, values, machine or network caused. Anything else is a defect and keeps its stack.
    internal static bool IsMendable(Exception e) => e is
        ConfigurationException or TrainingDivergedException or ArgumentException or InvalidDataException or IOException
        or UnauthorizedAccessException or PlatformNotSupportedException or InsufficientMemoryException or InvalidOperationException { Source: "SimClr" or "SimClr.Cli" }
        || HasNoHandle(e) || IsOfNetwork(e);

    // On its own, as it needs an assembly that is loaded only now: where no file can be opened any more, what is above must be told without it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsOfNetwork(Exception e) => e is HttpRequestException;

    // Where no file can be opened any more, it may be the program's own assemblies and libraries that are missing.
    private static bool HasNoHandle(Exception e) =>
        e is IOException { HResult: TooManyOpenFiles } || (e as FileNotFoundException)?.FileName?.Contains(", Version=", StringComparison.Ordinal) == true
        || (e is DllNotFoundException && e.Message.Contains("Too many open files", StringComparison.Ordinal)) || (e.InnerException is { } inner && HasNoHandle(inner));

    /// <summary>What went wrong and what to do, in one line.</summary>
    internal static string OneLine(Exception e)
    {
        // ArgumentException appends the parameter's name, and its value on a line of its own. Other lines are of names that have them.
        int appended = e is ArgumentException { ParamName: { } parameter } ? e.Message.LastIndexOf($" (Parameter '{parameter}')", StringComparison.Ordinal) : -1;
        string line = Printable.Of(appended < 0 ? e.Message : e.Message[..appended]);
        if (HasNoHandle(e)) return $"{line.TrimEnd('.')}: no more files can be opened; ulimit -n allows more.";
        return e is IOException { HResult: NoSpaceLeft } ? $"{line.TrimEnd('.')}: make room and run it again; a pretraining run goes on with --resume from its last checkpoint." : line;
    }
}
