using System.Diagnostics;
using System.Globalization;

namespace SimClr.Cli.Tests.Ranks;

/// <summary>Runs <c>mpirun simclr …</c>.</summary>
internal sealed class Mpirun : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "SimClr.Cli.dll");

    private readonly Process process;
    private readonly Task<string> output, error;

    private Mpirun(string options, string[] commands, string before = "")
    {
        // Options that mpirun requires to run as root, and with more ranks than processors.
        string line = $"mpirun --oversubscribe {options} {string.Join(" : ", commands)}";
        var start = new ProcessStartInfo("env", ["--default-signal=INT", .. (before + line).Split(' ', StringSplitOptions.RemoveEmptyEntries)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        foreach (string name in (string[])["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"]) start.Environment[name] = "1";
        process = Process.Start(start)!;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    /// <summary>Skips the test if Open MPI is missing.</summary>
    public static void Require() =>
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "mpirun"))), "There is no mpirun here (Debian: openmpi-bin).");

    public static (int ExitCode, string Output, string Error) Run(int ranks, string arguments) => Run(Ranks(ranks, arguments));

    /// <summary>Ranks in groups with different command lines.</summary>
    public static (int ExitCode, string Output, string Error) Run(params string[] commands)
    {
        using var mpirun = new Mpirun("", commands);
        return mpirun.End();
    }

    /// <summary>One rank per host, on hosts with a network of their own.</summary>
    public static (int ExitCode, string Output, string Error) Run(NamespaceHosts hosts, string arguments)
    {
        using var mpirun = new Mpirun(hosts.Options, [Ranks(hosts.Names.Count, arguments)], hosts.OnFirst);
        return mpirun.End();
    }

    public static Mpirun Start(int ranks, string arguments, string options = "") => new(options, [Ranks(ranks, arguments)]);

    /// <summary>Several ranks of one command line.</summary>
    public static string Ranks(int ranks, string arguments) => $"-np {ranks} dotnet {Program} {arguments}";

    public bool HasEnded => process.HasExited;

    public (int ExitCode, string Output, string Error) End()
    {
        if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("mpirun did not end within three minutes");
        }
        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Sends a signal by name to mpirun or to one of its ranks.</summary>
    public void Signal(string name, int? rank = null)
    {
        int target = rank is { } r ? ProcessOf(r) : process.Id;
        using var kill = Process.Start("kill", [$"-{name}", $"{target}"]);
        kill.WaitForExit();
    }

    private int ProcessOf(int rank) => Directory.GetDirectories("/proc").Select(Path.GetFileName)
        .Where(name => int.TryParse(name, out _) && Read(name!, "stat").Split(") ")[^1].Split(' ').ElementAtOrDefault(1) == $"{process.Id}")
        .Where(name => Read(name!, "environ").Split('\0').Contains($"OMPI_COMM_WORLD_RANK={rank}"))
        .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Single();

    private static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has ended
        }
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.Dispose();
    }
}
