using System.Text.Json.Nodes;
using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

/// <summary>Pretraining that ends unexpectedly, and the data that a resumed run accepts.</summary>
[Trait("Duration", "Long")]
public sealed class EndingTests : IDisposable
{
    private const string Small = "--image-size 16 --width 0.0625 --batch-size 16 --threads 1 --save-every 100000";

    private readonly TemporaryFolder folder = new();

    public EndingTests()
    {
        Directory.CreateDirectory(folder.In("photos"));
        for (int i = 0; i < 48; i++) File.WriteAllBytes(Photo(i), Png(i));
    }

    public void Dispose() => folder.Dispose();

    private string Photo(int i) => folder.In("photos", $"{i:d2}.png");

    private static byte[] Png(int seed)
    {
        using var bitmap = new SKBitmap(20, 20);
        var random = new Random(seed);
        for (int i = 0; i < 400; i++) bitmap.SetPixel(i % 20, i / 20, new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private string Metrics => folder.In("run", "metrics.jsonl");
    private long Steps => File.Exists(Metrics) ? File.ReadLines(Metrics).Count() : 0;
    private long Saved => Directory.GetDirectories(folder.In("run", "checkpoints")).Max(path => long.Parse(path[^6..], System.Globalization.CultureInfo.InvariantCulture));

    private Simclr Begin(string rest)
    {
        var program = Simclr.Start($"pretrain --data {folder.In("photos")} --output {folder.In("run")} {Small} {rest}");
        Until(program, () => Steps >= 5);
        return program;
    }

    private static void Until(Simclr program, Func<bool> condition)
    {
        while (!condition())
        {
            program.HasEnded.ShouldBeFalse();
            Thread.Sleep(5);
        }
    }

    [Fact]
    public void Data_that_is_unavailable_for_a_moment_changes_nothing()
    {
        Simclr.Run($"pretrain --data {folder.In("photos")} --output {folder.In("straight")} {Small} --epochs 40").ExitCode.ShouldBe(0);
        using var program = Begin("--epochs 40");
        Directory.Move(folder.In("photos"), folder.In("away"));
        Thread.Sleep(300);
        Directory.Move(folder.In("away"), folder.In("photos"));
        var (exitCode, _, error) = program.End();

        exitCode.ShouldBe(0, error);
        error.ShouldNotContain("damaged");
        string Weights(string run) => folder.In(run, "checkpoints", "step-000120", "model.safetensors");
        File.ReadAllBytes(Weights("run")).ShouldBe(File.ReadAllBytes(Weights("straight")));
    }

    [Fact]
    public void A_run_waiting_for_its_data_can_be_cancelled_at_once_and_is_saved()
    {
        using var program = Begin("--epochs 100000");
        Directory.Move(folder.In("photos"), folder.In("away"));
        long before = -1;
        Until(program, () =>
        {
            Thread.Sleep(500); // the prefetched batches are used up
            return Math.Max(before, before = Steps) == before && before == Steps;
        });
        program.Signal("TERM");
        var (exitCode, _, error) = program.End();

        exitCode.ShouldBe(143, error);
        Saved.ShouldBe(Steps);
        error.ShouldContain($"Stopped after step {Saved}");

        // The run resumes with the same images in another folder, but not with other images.
        string[] resume = ["pretrain", "--output", folder.In("run"), "--resume", "--threads", "1", "--data", folder.In("away")];
        File.Move(folder.In("away", "07.png"), folder.In("away", "7.png"));
        var (refused, _, reason) = Simclr.Run(string.Join(' ', resume));
        refused.ShouldBe(1);
        reason.ShouldContain("began with other images (photos) than");
        reason.ShouldContain("but names or folders differ");
        File.Move(folder.In("away", "7.png"), folder.In("away", "07.png"));
        foreach (bool isOld in (bool[])[false, true])
        {
            long saved = Saved;
            string settings = folder.In("run", "run.json");
            var json = JsonNode.Parse(File.ReadAllText(settings))!.AsObject();
            json.ContainsKey("images_sha256").ShouldBeTrue();
            if (isOld) json.Remove("images_sha256");
            if (isOld) File.WriteAllText(settings, json.ToJsonString());
            using var again = Simclr.Start(string.Join(' ', resume));
            Until(again, () => Steps > saved);
            again.Signal("HUP");
            again.Signal("HUP"); // by the shell, and by the kernel
            var (ended, _, said) = again.End();
            ended.ShouldBe(129, said);
            said.ShouldContain($"Continuing after step {saved}");
            Saved.ShouldBe(Steps);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("--micro-batch-size 6")]
    public void A_failure_during_a_run_is_reported_after_earlier_steps_are_saved(string rest)
    {
        byte[] whole = File.ReadAllBytes(Photo(30));
        using (var program = Begin($"--epochs 30 --on-bad-image fail {rest}"))
        {
            File.WriteAllBytes(Photo(30), whole[..60]);
            var (exitCode, _, error) = program.End();
            exitCode.ShouldBe(1, error);
            error.Trim().Split('\n')[^1].ShouldStartWith($"simclr: {Photo(30)}");
            error.ShouldContain($"Saved after step {Saved}. Continue with --resume.");
        }
        Saved.ShouldBe(Steps);
        Saved.ShouldBeGreaterThanOrEqualTo(5);

        File.WriteAllBytes(Photo(30), whole);
        Simclr.Run($"pretrain --output {folder.In("run")} --resume --threads 1").ExitCode.ShouldBe(0);
        Simclr.Run($"pretrain --data {folder.In("photos")} --output {folder.In("straight")} {Small} --epochs 30 {rest}").ExitCode.ShouldBe(0);
        string Weights(string run) => folder.In(run, "checkpoints", "step-000090", "model.safetensors");
        File.ReadAllBytes(Weights("run")).ShouldBe(File.ReadAllBytes(Weights("straight")));
    }

    [Fact]
    public void Under_nohup_a_closed_terminal_does_not_end_a_run()
    {
        string output = Shell.Run($"""
            trap '' HUP
            simclr pretrain --data {folder.In("photos")} --output {folder.In("run")} {Small} --epochs 15 & P=$!
            until [ "$(wc -l < {Metrics} 2> /dev/null || echo 0)" -ge 5 ]; do sleep 0.05; done
            kill -HUP $P; wait $P; echo "exit code $?"
            """);
        output.ShouldContain("exit code 0");
        Saved.ShouldBe(45);
    }
}
