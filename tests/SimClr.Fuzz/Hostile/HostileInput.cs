using SimClr.Fuzz.Kills;

namespace SimClr.Fuzz.Hostile;

/// <summary>A small input that exhausts resources, and the expected result of the program.</summary>
/// <param name="Name">The input's name.</param>
/// <param name="Make">Writes the input into a folder.</param>
/// <param name="Lines">Bash lines that pass the input to the program, <c>$SIMCLR</c>, in that folder.</param>
/// <param name="ExitCodes">The correct exit codes.</param>
/// <param name="Says">A part of the message to the user; empty for any message.</param>
internal sealed record HostileInput(string Name, Action<string> Make, string Lines, int[] ExitCodes, string Says = "")
{
    // The program with libtorch and one thread takes 200 to 300 MB; an image of an ordinary size takes some hundred more.
    private const long MostMemory = 1_500_000_000;

    // Seconds of processor time, independent of the machine's load; the program alone needs two.
    private const int MostWork = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs the program on the input.</summary>
    /// <returns>The deviation from the expected result; empty if there is none.</returns>
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
