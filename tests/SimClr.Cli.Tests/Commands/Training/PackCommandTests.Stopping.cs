using SimClr.Datasets;
using SimClr.IO;

namespace SimClr.Cli.Tests.Commands;

public sealed partial class PackCommandTests
{
    [Fact]
    [Trait("Duration", "Long")]
    public void A_killed_packing_resumes_to_the_bytes_of_an_uninterrupted_one()
    {
        string pack = "pack --data builtin --images-per-shard 100 --threads 1", killed = folder.In("killed"), straight = folder.In("straight");
        using (var program = Simclr.Start($"{pack} --output {killed}"))
        {
            while (!program.HasEnded && !(Directory.Exists($"{killed}.part/train") && Directory.GetFiles($"{killed}.part/train", "*.tar").Length >= 2)) Thread.Sleep(5);
            program.HasEnded.ShouldBeFalse("it was through before it could be killed");
            program.Signal("KILL");
            program.End().ExitCode.ShouldNotBe(0);
        }
        Directory.Exists(killed).ShouldBeFalse();
        int finished = Directory.GetFiles($"{killed}.part/train", "*.tar").Length;
        ShardCheck.Problems($"{killed}.part").ShouldBeEmpty();

        Refused($"{pack} --output {killed}", 1, "Continue with --resume");
        Refused($"pack --data builtin --images-per-shard 99 --output {killed} --resume", 2, "has '\"shard_images\": 100', but the command has '\"shard_images\": 99'");
        var (exitCode, _, error) = InProcess.Run($"{pack} --output {killed} --resume");
        exitCode.ShouldBe(0, error);
        error.ShouldContain($"Continuing after {100 * finished} of ");
        InProcess.Run($"pack --data builtin --images-per-shard 100 --threads 2 --output {straight}").ExitCode.ShouldBe(0);
        Contents(killed).ShouldBe(Contents(straight));
        Refused($"{pack} --output {killed}", 1, "already exists");
    }

    [Fact]
    public void A_folder_that_is_not_from_packing_is_not_changed()
    {
        Directory.CreateDirectory(folder.In("mine.part"));
        File.WriteAllText(folder.In("mine.part", "notes.txt"), "mine");
        Refused($"pack --data builtin --output {folder.In("mine")} --resume", 1, "does not hold unfinished shards");
        File.ReadAllText(folder.In("mine.part", "notes.txt")).ShouldBe("mine");
    }

    [Fact]
    public void Two_processes_cannot_pack_into_the_same_folder_at_once()
    {
        string pack = $"pack --data {photos.Data} --threads 1 --output {folder.In("shards")}";
        using (OutputLock.Take(folder.In("shards"))) Refused(pack, 1, $"Another process writes {folder.In("shards")}");
        InProcess.Run(pack).ExitCode.ShouldBe(0);
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([folder.In("shards")]);
    }
}
