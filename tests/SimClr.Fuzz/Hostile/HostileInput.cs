using SimClr.Fuzz.Kills;

namespace SimClr.Fuzz.Hostile;

/// <summary>A small input that takes everything it can get, and what the program is to make of it.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Make">Writes it into a folder.</param>
/// <param name="Lines">Bash that gives it to the program, which is <c>$SIMCLR</c>, in that folder.</param>
/// <param name="ExitCodes">The exit codes that are right.</param>
/// <param name="Says">What a person is told, among other things; empty for anything.</param>
internal sealed record HostileInput(string Name, Action<string> Make, string Lines, int[] ExitCodes, string Says = "")
{
    // The program with libtorch and one thread has 200 to 300 MB; an image of a size that people have takes some hundreds more.
    private const long MostMemory = 1_500_000_000;

    // Seconds of processor time, whatever else the machine does; the program alone needs two.
    private const int MostWork = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Gives it to the program.</summary>
    /// <returns>What is wrong with what came of it; empty where nothing is.</returns>
    public string Try(string folder)
    {
        Directory.CreateDirectory(folder);
        Make(folder);
        using var run = ProgramRun.Lines($"ulimit -c 0; ulimit -t {MostWork}; cd '{folder}'; export SIMCLR=\"{ProgramRun.Command.Replace("'", "", StringComparison.Ordinal)}\"; {Lines}");
        if (!run.Wait(Patience)) return $"it does not end within {Patience.TotalMinutes:f0} minutes";
        string said = (run.Error + run.Output).Trim(), short_ = said.Length > 600 ? said[..600] + " …" : said;
        if (run.Peak > MostMemory) return $"it takes {run.Peak / 1e6:f0} MB: {short_}";
        if (!ExitCodes.Contains(run.ExitCode)) return $"exit code {run.ExitCode} instead of {string.Join(" or ", ExitCodes)}: {short_}";
        if (said.Contains("   at ", StringComparison.Ordinal)) return $"a stack is shown: {short_}";
        return said.Contains(Says, StringComparison.Ordinal) ? "" : $"'{Says}' is not said: {short_}";
    }
}
