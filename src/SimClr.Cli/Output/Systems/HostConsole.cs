using System.Runtime.InteropServices;

namespace SimClr.Cli.Output;

/// <summary>
/// What the operating systems do in different ways for a console, for the processes that it starts, and for pictures. This class does what
/// .NET alone can do on all of them; there is one class for each system with the rest.
/// </summary>
internal class HostConsole
{
    /// <summary>That of the system at work.</summary>
    public static HostConsole Current { get; } =
        OperatingSystem.IsWindows() ? new WindowsConsole() : OperatingSystem.IsLinux() ? new LinuxConsole() : new HostConsole();

    /// <summary>The signals that ask the program to end, each with its number on Unix, which the exit code tells.</summary>
    public virtual IReadOnlyList<(PosixSignal Signal, int Number)> StopSignals { get; } =
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15)];

    /// <summary>The folders of the fonts that are installed; some may not exist.</summary>
    public virtual IReadOnlyList<string> FontFolders =>
        ["/System/Library/Fonts", "/Library/Fonts", Environment.GetFolderPath(Environment.SpecialFolder.Fonts)]; // those of macOS

    /// <summary>Makes the console show what the program writes: UTF-8.</summary>
    public virtual void Prepare()
    {
    }

    /// <summary>The signals that the parent process made this one ignore, as bits: signal 1 is the lowest.</summary>
    public virtual ulong IgnoredSignals() => 0;

    /// <summary>
    /// Whether a file descriptor was open when the program started. The number of a closed one may have been reused since, and is then not
    /// the user's.
    /// </summary>
    /// <param name="descriptor">1 is stdout, 2 stderr.</param>
    public virtual bool IsOpen(int descriptor) => true;

    /// <summary>Whether the system ends the process as soon as the handler of a signal returns.</summary>
    public virtual bool EndsWithHandler(PosixSignal signal) => false;
}
