using System.Globalization;
using SimClr.Checkpoints;
using SimClr.Randomness;
using TorchSharp;

namespace SimClr.Fuzz.Kills;

/// <summary>Disks of many sizes, all too small: a tmpfs each, which only root may mount.</summary>
internal static class FullDisk
{
    /// <summary>
    /// Fills disks by pretraining. The program ends with one sentence, the previous checkpoint is complete, and with more space the run
    /// resumes to the same bytes.
    /// </summary>
    /// <param name="disks">The number of disks.</param>
    /// <param name="seed">Determines their sizes, from 64 kB to the size of the whole run.</param>
    /// <returns>The number of disks that were full before the run ended, and the errors; null if nothing can be mounted.</returns>
    public static (int Full, IReadOnlyList<string> Problems)? Run(int disks, long seed)
    {
        using var folder = new SimClr.Tests.TempFolder();
        var work = Killable.Pretrain;
        string straight = work.Folder(folder.Root, "straight"), disk = folder.At("disk");
        ProgramRun.Run(work.Begin(straight)).ExitCode.ShouldBe(0);
        string expected = work.Fingerprint(straight);
        long whole = Directory.GetFiles(straight, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Directory.CreateDirectory(disk);

        var random = CounterRandom.For(seed, 0xd15c, 0);
        var problems = new List<string>();
        int full = 0;
        for (int i = 0; i < disks; i++)
        {
            long size = 64_000 + (long)(random.NextDouble() * whole);
            if (!Shell($"mount -t tmpfs -o size={size} tmpfs {disk}")) return null;
            try
            {
                full += Try(work, disk, size, expected, problems) ? 1 : 0;
            }
            finally
            {
                Shell($"umount {disk}");
            }
        }
        return (full, problems);
    }

    private static bool Try(Killable work, string disk, long size, string expected, List<string> problems)
    {
        string at = string.Create(CultureInfo.InvariantCulture, $"{size} bytes");
        var run = ProgramRun.Run(work.Begin(disk));
        if (run.ExitCode == 0) return false;
        string[] said = run.Error.Trim().Split('\n');
        if (run.ExitCode != 1 || run.Error.Contains("   at ", StringComparison.Ordinal) || !said[^1].StartsWith("simclr: ", StringComparison.Ordinal)) problems.Add($"{at}: exit code {run.ExitCode}: {run.Error.Trim()}");

        using (var scope = torch.NewDisposeScope())
        {
            var store = new CheckpointStore(Path.Combine(disk, "run", "checkpoints"), 2);
            if (store.List().Count > 0 && store.LoadNewest() is null) problems.Add($"{at}: no checkpoint is whole");
        }
        if (!Shell($"mount -o remount,size=64m {disk}")) return true;
        bool begun = File.Exists(Path.Combine(disk, "run", "run.json"));
        var again = ProgramRun.Run(begun ? work.Resume(disk) : work.Begin(disk));
        if (again.ExitCode != 0) problems.Add($"{at}: with more room it does not go on: {again.Error.Trim()}");
        else if (work.Fingerprint(disk) != expected) problems.Add($"{at}: with more room it goes on to other bytes");
        return true;
    }

    private static bool Shell(string line)
    {
        using var shell = ProgramRun.Lines(line);
        return shell.Wait(TimeSpan.FromSeconds(30)) && shell.ExitCode == 0;
    }
}
