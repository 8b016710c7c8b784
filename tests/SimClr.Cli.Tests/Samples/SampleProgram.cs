using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Samples;

/// <summary>A sample, compiled from its one file or its folder and run in a process of its own, as <c>dotnet run samples/NAME.cs</c> runs it.</summary>
internal sealed class SampleProgram : IDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<bool>> Built = new();
    private static readonly Lock OneBuildAtATime = new(); // the samples share the library's project

    private readonly Process process;

    public SampleProgram(string name, params string[] arguments)
    {
        _ = Built.GetOrAdd(name, file => new(() => Build(file))).Value;
        process = Start(["run", "--no-build", "-c", Configuration, .. FileOf(name).EndsWith(".cs", StringComparison.Ordinal) ? [] : (string[])["--project"], FileOf(name), "--", .. arguments]);
        Error = process.StandardError.ReadToEndAsync();
    }

    public StreamReader Output => process.StandardOutput;

    public Task<string> Error { get; }

    public static string FileOf(string name) =>
        Path.Combine(ReadmeTests.Root, "samples", name) is var folder && Directory.Exists(folder) ? folder : $"{folder}.cs";

    /// <summary>The process of the sample itself, which <c>dotnet run</c> started.</summary>
    public Process Own => Process.GetProcessById(int.Parse(File.ReadAllText($"/proc/{process.Id}/task/{process.Id}/children").Split(' ')[0], CultureInfo.InvariantCulture));

    public static (int ExitCode, string Output, string Error) Run(string name, params string[] arguments)
    {
        using var program = new SampleProgram(name, arguments);
        string output = program.Output.ReadToEnd();
        program.process.WaitForExit(TimeSpan.FromMinutes(5)).ShouldBeTrue();
        return (program.process.ExitCode, output, program.Error.Result);
    }

    /// <summary>Kills the sample.</summary>
    public void Kill()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited) Kill();
        process.Dispose();
    }

    // the configuration of this test, in which the library is already built
    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static bool Build(string name)
    {
        lock (OneBuildAtATime)
        {
            using var build = Start(["build", "-c", Configuration, "-v", "quiet", FileOf(name)]);
            var error = build.StandardError.ReadToEndAsync();
            string output = build.StandardOutput.ReadToEnd();
            build.WaitForExit();
            build.ExitCode.ShouldBe(0, output + error.Result);
            return true;
        }
    }

    private static Process Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = ReadmeTests.Root };
        return Process.Start(start)!;
    }
}
