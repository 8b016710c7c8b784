using System.Buffers.Binary;
using System.Security.Cryptography;
using SimClr.Cli.Reports;
using SimClr.Datasets;
using SimClr.RunFolders;
using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class PositivesTests : IDisposable
{
    private const string Small = "--image-size 16 --width 0.0625 --epochs 2 --threads 1";
    private const int Images = 22;

    private readonly TemporaryFolder folder = new();

    // Nine patients with two or three images each, in folders. The last image has no group.
    public PositivesTests()
    {
        var images = new BuiltInImages(DatasetPart.Train, Images);
        for (int i = 0; i < Images; i++)
        {
            var image = images.Read(i);
            using var bitmap = new SKBitmap(image.Width, image.Height);
            for (int k = 0; k < image.Width * image.Height; k++)
            {
                var rgb = image.Pixels.Span.Slice(3 * k, 3);
                bitmap.SetPixel(k % image.Width, k / image.Width, new SKColor(rgb[0], rgb[1], rgb[2]));
            }
            using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            Directory.CreateDirectory(Path.GetDirectoryName(At("scans", NameOf(i)))!);
            File.WriteAllBytes(At("scans", NameOf(i)), png.ToArray());
        }
    }

    private static int PatientOf(int image) => image == Images - 1 ? 9 : image % 9;

    private static string NameOf(int image) => $"p{PatientOf(image)}/{image:d2}.png";

    private string At(params string[] parts) => folder.In(parts);

    private void WriteList(string name, Func<int, string> patientOf) =>
        File.WriteAllLines(At(name), ["image,\"patient's name\",eye", .. Enumerable.Range(0, Images - 1).Select(i => $"{NameOf(i)},\"{patientOf(i)}\",left"), "p0/99.png,nobody,left"]);

    // The hash of the tensors; the header before them contains the recipe.
    private string Weights(string run)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Directory.GetDirectories(At(run, "checkpoints")).Order().Last(), "model.safetensors"));
        return Convert.ToHexString(SHA256.HashData(file.AsSpan(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file))));
    }

    private (int ExitCode, string Output, string Error) Pretrain(string run, string rest) => InProcess.Run($"pretrain --data {At("scans")} {Small} {(rest.Contains("batch-size", StringComparison.Ordinal) ? "" : "--batch-size 4")} --output {At(run)} {rest}");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pairs_come_from_folders_or_from_a_column_and_a_resumed_run_needs_the_same_groups()
    {
        var (exitCode, _, error) = Pretrain("folders", "--positives folder");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("positives      folders, 10 groups of 1–3 images (median 2), 1 of one image");
        error.ShouldContain("2 epochs × 2 = 4, 4 groups each");
        error.ShouldContain("The groups are exactly the 10 classes of scans: the pairs are made with labels");
        File.ReadAllText(At("folders", "recipe.yaml")).ShouldContain("\npositives: folder\n");

        WriteList("eyes.csv", i => $"Dr. {PatientOf(i)}, \"\"retired\"\"");
        (exitCode, _, error) = Pretrain("column", $"--positives {At("eyes.csv")}:eye");
        (exitCode, error.Contains("A batch needs 4 groups, but the ", StringComparison.Ordinal) && error.Contains(" are in 2 groups.", StringComparison.Ordinal)).ShouldBe((1, true), error); // left, and the image that lies alone

        // A name with a space cannot be passed here, so the column is renamed.
        File.WriteAllText(At("patients.csv"), File.ReadAllText(At("eyes.csv")).Replace("\"patient's name\"", "patient", StringComparison.Ordinal));
        (exitCode, _, error) = Pretrain("column", $"--positives {At("patients.csv")}:patient");
        exitCode.ShouldBe(0, error);
        error.ShouldContain($"patients.csv names 1 images that scans does not have, the first on line {Images + 1}; they are ignored.");
        error.ShouldContain("1 of 22 images of scans have no patient in");
        File.ReadAllText(At("column", "recipe.yaml")).ShouldContain("\npositives: column\n");
        Weights("column").ShouldBe(Weights("folders")); // the same groups
        Pretrain("views", "").ExitCode.ShouldBe(0);
        Weights("views").ShouldNotBe(Weights("folders"));

        string before = Weights("column");
        string resume = $"pretrain --resume --threads 1 --output {At("column")}";
        InProcess.Run(resume).ExitCode.ShouldBe(0);
        File.Move(At("patients.csv"), At("moved.csv"));
        (exitCode, _, error) = InProcess.Run(resume);
        (exitCode, error.Contains("patients.csv", StringComparison.Ordinal)).ShouldBe((1, true), error);
        InProcess.Run($"{resume} --positives {At("moved.csv")}:patient").ExitCode.ShouldBe(0);
        File.WriteAllText(At("moved.csv"), File.ReadAllText(At("moved.csv")).Replace("Dr. 8", "Dr. 7", StringComparison.Ordinal));
        (exitCode, _, error) = InProcess.Run($"{resume} --positives {At("moved.csv")}:patient");
        exitCode.ShouldBe(1);
        error.ShouldContain("began with other groups (10 groups of 1–3 images (median 2), 1 of one image) than");
        error.ShouldContain("has now (9 groups of 1–4 images (median 2), 1 of one image). Give --positives the original groups, or start a new run (--output).");
        (exitCode, _, error) = InProcess.Run($"{resume} --positives folder");
        exitCode.ShouldNotBe(0);
        error.ShouldContain("has 'positives: column', but the command line has 'positives: folder'");
        Weights("column").ShouldBe(before);
    }

    [Fact]
    public void Invalid_groups_are_refused_in_one_sentence()
    {
        WriteList("list.csv", i => $"{i}");
        void Refuses(string positives, string sentence)
        {
            var (exitCode, _, error) = Pretrain("none", positives);
            exitCode.ShouldNotBe(0);
            error.ShouldContain(sentence);
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.Contains("   at ", StringComparison.Ordinal)).ShouldBe(0, error);
        }
        Refuses("--positives patients", "--positives takes views, folder, list or FILE.csv:COLUMN, not 'patients'.");
        Refuses($"--positives {At("list.csv")}:pateye", $"{At("list.csv")} has no column pateye; it has image, patient's name, eye; did you mean eye?");
        Refuses($"--positives {At("other.csv")}:eye", "other.csv");
        Refuses("--set positives=column", "positives is column, but no list is named. Use --positives FILE.csv:COLUMN.");
        Refuses("--set positives=custom", "positives is custom, so the program that starts the run must supply the groups");
        Refuses("--positives folder --set batch-size=11", "A batch needs 11 groups, but the 22 images of scans are in 10 groups. Use a smaller --batch-size.");
        Directory.Exists(At("none", "checkpoints")).ShouldBeFalse();
    }

    [Fact]
    public void The_doctor_the_views_and_the_report_show_groups()
    {
        var (_, output, error) = InProcess.Run($"doctor --data {At("scans")} {Small} --batch-size 4 --positives folder --json");
        error.ShouldNotContain("   at ");
        var facts = System.Text.Json.Nodes.JsonNode.Parse(output)!;
        ((int)facts["groups"]!["count"]!, (int)facts["groups"]!["singletons"]!, (int)facts["groups"]!["largest"]!, (int)facts["steps_per_epoch"]!).ShouldBe((10, 1, 3, 2));
        facts["warnings"]!.ToString().ShouldContain("The groups are exactly the 10 classes");

        InProcess.Run($"views --data {At("scans")} --image-size 16 --images 3 --pairs 2 --out {At("plain.png")}").ExitCode.ShouldBe(0);
        InProcess.Run($"views --data {At("scans")} --image-size 16 --images 3 --pairs 2 --positives folder --out {At("pairs.png")}").ExitCode.ShouldBe(0);
        using var plain = SKBitmap.Decode(At("plain.png"));
        using var pairs = SKBitmap.Decode(At("pairs.png"));
        pairs.Height.ShouldBeGreaterThan(3 * plain.Height / 2); // a row per epoch
        pairs.Width.ShouldBeLessThan(plain.Width + 150); // of two images, and of a pair of views

        Pretrain("run", "--positives folder").ExitCode.ShouldBe(0);
        using var run = new ReportedRun(new RunFolder(At("run")), "run", MetricCurves.Read(new RunFolder(At("run"))));
        run.Facts().ShouldContain(("positives", "folders, 10 groups of 1–3 images (median 2), 1 of one image"));
        run.TotalSteps.ShouldBe(4);
        (int reported, _, string said) = InProcess.Run($"report {At("run")} --output {At("run.html")}");
        reported.ShouldBe(0, said);
        File.ReadAllText(At("run.html")).ShouldContain("one of each of two images of a group in every epoch");
    }
}
