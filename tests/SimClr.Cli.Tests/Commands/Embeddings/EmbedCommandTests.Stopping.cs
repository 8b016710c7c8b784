using SimClr.IO;

namespace SimClr.Cli.Tests.Commands;

public sealed partial class EmbedCommandTests
{
    private const int TestImages = 1_200; // built-in

    private string Large(string output, string rest = "") => $"embed --weights {photos.Run} --data builtin --threads 1 --output {folder.In(output)} {rest}";

    [Fact]
    [Trait("Duration", "Long")]
    public void A_killed_run_resumes_to_the_same_bytes()
    {
        const string Slowly = "--image-size 32"; // rows are saved once a second
        Run(Large("straight.npy", Slowly));
        string manifest = folder.In("killed.npy.json");
        var (exitCode, _, _) = Simclr.Stopped(Large("killed.npy", Slowly), "KILL", () => File.Exists(manifest) && !File.ReadAllText(manifest).Contains("\"rows_done\": 0", StringComparison.Ordinal), () =>
        {
            foreach (string file in Directory.GetFiles(folder.Path, "killed.*")) File.Delete(file);
        });
        exitCode.ShouldBe(137);
        File.Exists(folder.In("killed.npy")).ShouldBeFalse();
        InProcess.Run(Large("killed.npy", Slowly)).Error.ShouldContain("Continue it with --resume");

        Run(Large("killed.npy", $"{Slowly} --resume"));

        File.ReadAllBytes(folder.In("killed.npy")).ShouldBe(File.ReadAllBytes(folder.In("straight.npy")));
        File.ReadAllBytes(folder.In("killed.index.csv")).ShouldBe(File.ReadAllBytes(folder.In("straight.index.csv")));
        File.Exists(folder.In("killed.npy.part")).ShouldBeFalse();
        InProcess.Run(Large("killed.npy", $"{Slowly} --resume")).Error.ShouldContain("is already finished");
    }

    [Fact]
    public void Rows_that_are_not_on_the_disk_are_computed_again()
    {
        Run(Large("x.npy", "--part test"));
        Run(Large("x.csv", "--part test"));
        byte[] rows = File.ReadAllBytes(folder.In("x.npy"));
        int rowBytes = (rows.Length - 128) / TestImages;
        foreach (var (output, kept) in ((string, int)[])[("x.npy", 0), ("x.npy", 700), ("x.csv", TestImages - 1), ("x.npy", TestImages), ("x.csv", TestImages)])
        {
            // The state after a power cut: fewer rows than were reported as saved, the last one incomplete.
            byte[] finished = File.ReadAllBytes(folder.In(output));
            File.Delete(folder.In(output));
            File.WriteAllBytes(folder.In(output + ".part"), rows[..Math.Min(rows.Length, 128 + kept * rowBytes + 5)]);

            var (exitCode, _, error) = InProcess.Run(Large(output, "--part test --resume"));

            exitCode.ShouldBe(0, error);
            if (kept > 0) error.ShouldContain($"Continuing after {(kept == TestImages ? kept : kept / 256 * 256)} of {TestImages} images");
            File.ReadAllBytes(folder.In(output)).ShouldBe(finished);
        }
    }

    [Fact]
    public void Existing_embeddings_are_neither_overwritten_nor_mixed()
    {
        Run(Command("x.npy"));
        InProcess.Run($"pretrain --data builtin --limit 64 --epochs 1 --seed 5 {Photos.Small} --output {folder.In("other")}").ExitCode.ShouldBe(0);
        byte[] before = File.ReadAllBytes(folder.In("x.npy"));
        File.Move(folder.In("x.npy"), folder.In("x.npy.part"));
        Refused(Command("x.npy"), "Continue it with --resume");
        Refused(Command("x.npy", "--resume").Replace(photos.Run, folder.In("other"), StringComparison.Ordinal), "was made with other weights");
        Refused(Command("x.npy", "--resume").Replace(photos.Data, "builtin", StringComparison.Ordinal), "embeddings of other images");
        Refused(Command("x.npy", "--resume --part train"), "part \"all\", but the command has \"train\"");
        Refused(Command("x.npy", "--resume --image-size 24"), "has image_size 16, but the command has 24");
        Refused(Command("x.npy", "--resume --normalize imagenet"), "has mean []");
        Refused(Command("x.npy", "--resume --float16"), "has float16 false, but the command has true");
        File.ReadAllBytes(folder.In("x.npy.part")).ShouldBe(before);
        Run(Command("x.npy", "--resume"));
        File.ReadAllBytes(folder.In("x.npy")).ShouldBe(before);
        Refused(Command("x.npy"), "already exists. Choose another --output");
    }

    [Fact]
    public void Two_processes_cannot_write_the_same_file_at_once()
    {
        using (OutputLock.Take(folder.In("x.npy")))
        {
            Refused(Command("x.npy"), $"Another process writes {folder.In("x.npy")}: wait for it or stop it, or choose another --output.");
            Refused(Command("x.npy", "--resume"), "Another process writes");
            Run(Command("y.npy"));
        }
        Run(Command("x.npy", "--resume"));
        Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["x.index.csv", "x.npy", "x.npy.json", "y.index.csv", "y.npy", "y.npy.json"]);
    }
}
