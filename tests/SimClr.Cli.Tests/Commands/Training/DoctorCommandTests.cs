using System.Text.Json.Nodes;

namespace SimClr.Cli.Tests.Commands;

/// <summary><c>doctor</c> on a folder with known faults.</summary>
[Collection(InProcess.Name)]
public sealed class DoctorCommandTests(Photos photos) : IClassFixture<Photos>
{
    private const string Small = "--image-size 16 --width 0.0625 --threads 2";

    [Fact]
    public void Damaged_repeated_and_leaked_images_are_counted_and_named()
    {
        var (exitCode, output, error) = InProcess.Run($"doctor --data {photos.Data} {Small} --epochs 100 --batch-size 4 --json --quiet");
        exitCode.ShouldBe(1, error);
        error.ShouldBe("");
        var report = JsonNode.Parse(output)!;
        var (train, test) = (report["parts"]!["train"]!, report["parts"]!["test"]!);
        ((int)train["images"]!, (int)train["decoded"]!, (int)train["repeated"]!).ShouldBe((12, 12, 1));
        ((int)test["images"]!, (int)test["repeated"]!, (int)report["in_train_and_test"]!).ShouldBe((6, 0, 1));
        train["copies"]!.AsArray().Count.ShouldBe(1);
        report["images_in_train_and_test"]!.AsArray().Count.ShouldBe(1);
        (train["smaller_than_views"]!.AsArray().Count, train["elongated"]!.AsArray().Count).ShouldBe((0, 0));
        train["damaged"]!.AsArray().Single()!.ToString().ShouldStartWith(photos.Named(Photos.Damaged));
        test["damaged"]!.AsArray().ShouldBeEmpty();
        train["class_counts"]!.ToJsonString().ShouldBe($"{{\"cat\":6,\"{System.Text.Json.JsonEncodedText.Encode(Photos.Dog)}\":6}}");
        ((int)train["shorter_side"]!["median"]!, (int)train["longer_side"]!["most"]!).ShouldBe((32, 32));
        ((int)report["steps_per_epoch"]!, (long)report["total_steps"]!).ShouldBe((3, 300));
        report["problems"]!.AsArray().Single()!.ToString().ShouldStartWith("Damaged images: 1 of 18 decoded ones");
        string[] warnings = [.. report["warnings"]!.AsArray().Select(w => w!.ToString())];
        warnings.ShouldContain(w => w.StartsWith("Byte-for-byte copies of other images: 1.", StringComparison.Ordinal));
        warnings.ShouldContain(w => w.StartsWith("Images in both the training and the test part: 1.", StringComparison.Ordinal));
        warnings.ShouldContain(w => w.StartsWith("Training images: 12.", StringComparison.Ordinal));
        var estimate = report["estimate"]!;
        ((double)estimate["images_per_second"]!).ShouldBeGreaterThan(0);
        ((double)estimate["seconds"]!).ShouldBe(300 * 4 / (double)estimate["images_per_second"]!, 1e-6);
        ((long)estimate["checkpoint_bytes"]!).ShouldBeGreaterThan(4 * (long)estimate["parameters"]!);
    }

    [Fact]
    public void Sound_data_gives_a_table_and_exit_code_0()
    {
        var (exitCode, output, error) = InProcess.Run($"doctor --data builtin --limit 1200 {Small} --epochs 100 --batch-size 100");
        exitCode.ShouldBe(0, error);
        output.ShouldContain("ready for training");
        output.ShouldContain("100 epochs × 12 = 1200, 100 images each");
        output.ShouldNotContain("problem");
        Directory.Exists("checkpoints").ShouldBeFalse();
    }

    [Fact]
    public void A_batch_that_cannot_be_filled_is_a_problem_with_its_remedy()
    {
        var (exitCode, output, _) = InProcess.Run($"doctor --data builtin --limit 40 {Small} --batch-size 64 --json --quiet");
        exitCode.ShouldBe(1);
        JsonNode.Parse(output)!["problems"]!.AsArray().Single()!.ToString().ShouldBe("A batch needs 64 images, but there are 40: use --batch-size 4 or less.");
    }
}
