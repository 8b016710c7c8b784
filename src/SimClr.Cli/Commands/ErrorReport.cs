using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SimClr.IO;
using SimClr.Pretraining;
using SimClr.Runs;

namespace SimClr.Cli.Commands;

/// <summary>
/// The message for an exception, and the exit code. Errors that the user can correct (settings, files, the machine, the network, a diverged
/// run) are one line. Everything else is a defect and is printed with its stack trace, including <see cref="ArgumentException"/> and
/// <see cref="InvalidOperationException"/>.
/// </summary>
internal static class ErrorReport
{
    /// <summary>An error that the user can correct.</summary>
    public const int Failure = 1;

    /// <summary>The command line or a recipe is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A defect of the program itself: EX_SOFTWARE of BSD's sysexits.h.</summary>
    public const int Defect = 70;

    private const int NoSpaceLeft = 28, TooManyOpenFiles = 24; // ENOSPC, EMFILE
    private const int DiskFull = unchecked((int)0x80070070); // ERROR_DISK_FULL of Windows

    /// <summary>The exit code.</summary>
    public static int ExitCode(Exception e) => e is ConfigurationException ? Usage : IsMendable(e) ? Failure : Defect;

    /// <summary>The text for stderr, without a line break at its end.</summary>
    /// <param name="e">The exception that ended the command.</param>
    /// <param name="who">The rank, if there are several; empty for a process that reports for all.</param>
    public static string Text(Exception e, string who = "")
    {
        string from = who.Length > 0 ? $"simclr: {who}: " : "simclr: ";
        return IsMendable(e) ? from + OneLine(e) : string.Join('\n',
        [
            .. $"{from}this is a bug in simclr: {e}".ReplaceLineEndings("\n").Split('\n').Select(Printable.Of),
            $"simclr: please report it, with the command, this text and the version ({PretrainRun.Version}).",
        ]);
    }

    /// <summary>Whether the user's settings, files, machine or network caused it.</summary>
    public static bool IsMendable(Exception e) => e is
        ConfigurationException or TrainingDivergedException or InvalidDataException or IOException or UnauthorizedAccessException
        or PlatformNotSupportedException or OutOfMemoryException
        || HasNoHandle(e) || HasNoMemory(e) || IsOfNetwork(e);

    /// <summary>The cause and the remedy, in one line.</summary>
    public static string OneLine(Exception e)
    {
        string line = Printable.Of(e.Message);
        if (HasNoHandle(e)) return $"{line.TrimEnd('.')}: no more files can be opened. Allow more with ulimit -n.";
        if (HasNoMemory(e)) return $"There is not enough memory: {Printable.Of(e.Message.Split('\n')[0])}";
        return e is IOException { HResult: NoSpaceLeft or DiskFull } ? $"{line.TrimEnd('.')}: make room and run the command again. " +
            $"A pretraining run continues from its last checkpoint with --resume." : line;
    }

    // A method of its own, because it needs an assembly that is loaded only now. If no file can be opened any more, the code above must
    // work without it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsOfNetwork(Exception e) => e is HttpRequestException;

    // .NET's message, and libtorch's for the memory of a device and of the machine. InsufficientMemoryException has its own message.
    private static bool HasNoMemory(Exception e) =>
        e is OutOfMemoryException and not InsufficientMemoryException
        || (e is ExternalException outside && (BatchSizeSearch.IsOutOfMemory(outside)
            || e.Message.Contains("can't allocate memory", StringComparison.Ordinal)));

    // If no file can be opened any more, the program's own assemblies and libraries may be missing.
    private static bool HasNoHandle(Exception e) =>
        e is IOException { HResult: TooManyOpenFiles }
        || (e as FileNotFoundException)?.FileName?.Contains(", Version=", StringComparison.Ordinal) == true
        || (e is DllNotFoundException && e.Message.Contains("Too many open files", StringComparison.Ordinal))
        || (e.InnerException is { } inner && HasNoHandle(inner));
}
