using System.Runtime.InteropServices;
using System.Text;

namespace SimClr.Cli.Output;

/// <summary>Windows.</summary>
internal sealed class WindowsConsole : HostConsole
{
    // .NET's names: SIGQUIT is Ctrl+Break, SIGHUP the close of the console's window, SIGTERM the end of the session.
    public override IReadOnlyList<(PosixSignal Signal, int Number)> StopSignals { get; } =
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 2), (PosixSignal.SIGTERM, 15)];

    // Those of all users, and those of this one.
    public override IReadOnlyList<string> FontFolders =>
    [
        Environment.GetFolderPath(Environment.SpecialFolder.Fonts),
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "Microsoft", "Windows", "Fonts"),
    ];

    public override void Prepare()
    {
        try
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }
        catch (IOException)
        {
            // there is no console
        }
    }

    // Or about five seconds after the window was closed, if the handler does not return.
    public override bool EndsWithHandler(PosixSignal signal) => signal is PosixSignal.SIGHUP or PosixSignal.SIGTERM;
}
