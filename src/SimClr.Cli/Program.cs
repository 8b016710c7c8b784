using SimClr.Cli.Commands;
using SimClr.Cli.Output;

// On some terminals .NET writes an escape sequence for the keypad as soon as the console is opened. A dumb terminal prevents that.
if (Terminal.IsPlain) Environment.SetEnvironmentVariable("TERM", "dumb");
HostConsole.Current.Prepare();
using var results = new TolerantWriter(HostConsole.Current.IsOpen(1) ? Console.Out : null);
using var notes = new TolerantWriter(HostConsole.Current.IsOpen(2) ? Console.Error : null);
// Lines end in the same way on all systems, so that other programs read the same.
Console.Out.NewLine = Console.Error.NewLine = results.NewLine = notes.NewLine = "\n";
Console.SetOut(results);
Console.SetError(notes);
int exitCode = await CommandLine.RunAsync(args);
if (results.Failure is null) return exitCode;
await notes.WriteLineAsync($"simclr: What belongs on stdout could not be written there: {results.Failure.TrimEnd('.')}.");
return exitCode == 0 ? ErrorReport.Failure : exitCode;
