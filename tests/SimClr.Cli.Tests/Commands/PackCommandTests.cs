using System.Security.Cryptography;
using SimClr.Cli.Runs;
using SimClr.Data;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class PackCommandTests(Photos photos) : IClassFixture<Photos>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string Contents(string root) =>
        string.Join('\n', Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(root, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"));

    private static void Refused(string command, int expected, string sentence)
    {
        var (exitCode, output, error) = InProcess.Run(command);
        exitCode.ShouldBe(expected, error);
        error.ShouldContain(sentence);
        error.ShouldNotContain("   at ");
        output.ShouldBe("");
    }

    [Fact]
    public void Parts_and_classes_survive_and_the_shards_are_trained_on()
    {
        string shards = folder.In("shards");
        var (exitCode, output, error) = InProcess.Run($"pack --data {photos.Data} --output {shards} --images-per-shard 5");
        exitCode.ShouldBe(0, error);
        error.ShouldContain(photos.In(Photos.Damaged));
        output.ShouldContain("1 damaged images were left out");
        Directory.GetFiles(shards, "*.tar", SearchOption.AllDirectories).Select(tar => Path.GetRelativePath(shards, tar)).Order(StringComparer.Ordinal)
            .ShouldBe(["test/images-000000.tar", "test/images-000001.tar", "train/images-000000.tar", "train/images-000001.tar", "train/images-000002.tar"]);

        foreach (var part in (DatasetPart[])[DatasetPart.Train, DatasetPart.Test])
        {
            var (before, after) = (ImageDatasets.Open(photos.Data, part), ImageDatasets.Open(shards, part));
            after.Classes.ShouldBe(before.Classes);
            int[] kept = [.. Enumerable.Range(0, before.Count).Where(i => before.Describe(i) != photos.In(Photos.Damaged))];
            after.Count.ShouldBe(kept.Length);
            for (int i = 0; i < kept.Length; i++)
            {
                after.Label(i).ShouldBe(before.Label(kept[i]));
                after.Read(i).Pixels.ToArray().ShouldBe(before.Read(kept[i]).Pixels.ToArray());
            }
        }

        InProcess.Run($"pack --verify {shards}").ExitCode.ShouldBe(0);
        var trained = InProcess.Run($"pretrain --data {shards} --epochs 1 --image-size 16 --width 0.0625 --batch-size 4 --threads 1 --set shuffle-window=8 --output {folder.In("run")}");
        trained.ExitCode.ShouldBe(0, trained.Error);
        trained.Error.ShouldContain("11 images");
        File.ReadAllText(folder.In("run", "recipe.yaml")).ShouldContain("shuffle-window: 8");

        string tar = Path.Combine(shards, "train", "images-000001.tar");
        byte[] bytes = File.ReadAllBytes(tar);
        bytes[700] ^= 1;
        File.WriteAllBytes(tar, bytes);
        Refused($"pack --verify {shards}", 1, $"{tar}, ");
    }

    [Fact]
    public void A_killed_packing_goes_on_to_the_bytes_of_one_that_was_not()
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

        Refused($"{pack} --output {killed}", 1, "--resume goes on with it");
        Refused($"pack --data builtin --images-per-shard 99 --output {killed} --resume", 2, "has '\"shard_images\": 100' and '\"shard_images\": 99' is asked for");
        var (exitCode, _, error) = InProcess.Run($"{pack} --output {killed} --resume");
        exitCode.ShouldBe(0, error);
        error.ShouldContain($"Going on after {100 * finished} of ");
        InProcess.Run($"pack --data builtin --images-per-shard 100 --threads 2 --output {straight}").ExitCode.ShouldBe(0);
        Contents(killed).ShouldBe(Contents(straight));
        Refused($"{pack} --output {killed}", 1, "is there already");
    }

    [Fact]
    public void Two_do_not_pack_into_the_same_folder_at_once()
    {
        string pack = $"pack --data {photos.Data} --threads 1 --output {folder.In("shards")}";
        using (OutputLock.Take(folder.In("shards"))) Refused(pack, 1, $"Another process writes {folder.In("shards")}");
        InProcess.Run(pack).ExitCode.ShouldBe(0);
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([folder.In("shards")]);
    }

    [Fact]
    public void What_is_wrong_with_the_command_line_is_said()
    {
        Refused($"pack --data {photos.Data}", 2, "needs --data and --output");
        Refused($"pack --data {photos.Data} --output x --shard-size large", 2, "takes a size such as 256MB or 1GB, not 'large'");
        Refused($"pack --data {photos.Data} --output x --shard-size 10kB", 1, "1000000");
        Refused($"pack --data {photos.Data} --output x --quality 101", 2, "--quality must be at most 100");
        Refused($"pack --data {photos.Data} --output {folder.In("x")} --on-bad-image fail", 1, photos.In(Photos.Damaged));
        Refused($"pack --verify {folder.Path}", 1, "holds no data set");
    }
}
