using System.Diagnostics;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Samples;

/// <summary>A sample that runs from its own folder, in a process of its own.</summary>
internal sealed class SampleProgram : IDisposable
{
    private readonly Process process;

    public SampleProgram(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(Folder(name), $"{name}.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
        Error = process.StandardError.ReadToEndAsync();
    }

    public StreamReader Output => process.StandardOutput;

    public Task<string> Error { get; }

    /// <summary>Where it was built, in the configuration of this test.</summary>
    public static string Folder(string name)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Path.Combine(ReadmeTests.Root, "samples", name, "bin", configuration, "net10.0");
    }

    public static (int ExitCode, string Output, string Error) Run(string name, params string[] arguments)
    {
        using var program = new SampleProgram(name, arguments);
        string output = program.Output.ReadToEnd();
        program.process.WaitForExit(TimeSpan.FromMinutes(1)).ShouldBeTrue();
        return (program.process.ExitCode, output, program.Error.Result);
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }
}
