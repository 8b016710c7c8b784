using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SimClr.Cli.Tests.Ranks;
using SimClr.Images;

namespace SimClr.Cli.Tests.Commands;

/// <summary>Every cell of the table in docs/encoders.md, with the smallest network of its kind.</summary>
[Collection(InProcess.Name)]
[Trait("Duration", "Long")]
public sealed partial class EveryEncoderTests(EncoderRuns runs) : IClassFixture<EncoderRuns>
{
    private static readonly Dictionary<string, Action<EncoderTrial>> Jobs = new()
    {
        ["`pretrain`, resumed bit for bit"] = t =>
        {
            string copy = t.In("resumed"), whole = t.Run;
            TemporaryFolder.Copy(whole, copy);
            foreach (string folder in Directory.EnumerateDirectories(Path.Combine(copy, "checkpoints")).Order(StringComparer.Ordinal).Skip(1)) Directory.Delete(folder, recursive: true);
            t.Do($"pretrain --output {copy} --resume --threads 1 --data {t.Data}");
            File.ReadAllBytes(Newest(copy)).ShouldBe(File.ReadAllBytes(Newest(whole)));
        },
        ["micro-batches"] = t => t.Pretrain("--micro-batch-size 4 --epochs 1"),
        ["several ranks"] = t =>
        {
            Mpirun.Require();
            var (code, _, error) = Mpirun.Run(2, $"pretrain --data {t.Data} {t.Encoder} {EncoderRuns.Small} --epochs 1 --set batch-norm-ranks={(t.IsScript ? 1 : 0)} --output {t.In("ranks")}");
            code.ShouldBe(0, error);
        },
        ["bfloat16"] = t => t.Pretrain("--precision bf16 --epochs 1"),
        ["views made on the device"] = t => t.Pretrain("--render-on gpu --epochs 1"),
        ["kNN during training"] = t => t.Pretrain("--knn-every 1 --epochs 1"),
        ["small crops"] = t => t.Pretrain("--set small-crops.count=2 --set small-crops.image-size=8 --epochs 1"),
        ["`health`"] = t => t.Do($"health {t.Run} --data {t.Data}"),
        ["`evaluate` knn, linear, augmented"] = t => t.Do($"evaluate all --epochs 1 --weights {t.Run} --data {t.Data}"),
        ["`finetune`"] = t => t.FineTuned().ShouldNotBeEmpty(),
        ["`distill`, as the teacher"] = t => t.Do($"distill --teacher {t.FineTuned()} --arch resnet18 --width 0.0625 --data {t.Data} --epochs 1 --batch-size 8 --output {t.In("taught")}"),
        ["`distill`, as the student"] = t => t.Do($"distill --teacher {t.Of("ResNet").FineTuned()} {t.Encoder} --data {t.Data} --epochs 1 --batch-size 8 --output {t.In("student")}"),
        ["`distill --features`, as the teacher"] = t => t.Do($"distill --features --teacher {t.Run} --arch resnet18 --width 0.0625 --data {t.Data} {EncoderRuns.Small} --epochs 1 --output {t.In("learned")}"),
        ["`distill --features`, as the student"] = t => t.Do($"distill --features --teacher {t.Of("ResNet").Run} {t.Encoder} --data {t.Data} {EncoderRuns.Small} --epochs 1 --output {t.In("learner")}"),
        ["`export` to .safetensors and .pth"] = t =>
        {
            foreach (string name in (string[])["encoder.safetensors", "encoder.pth"])
            {
                t.Do($"export --weights {t.Run} --output {t.In(name)}");
                t.Embed(t.In(name)).ShouldBe(t.Embed(t.Run));
            }
        },
        ["`export` to ONNX"] = t =>
        {
            t.Do($"export --weights {t.Run} --output {t.In("encoder.onnx")} --preprocess");
            using var session = new InferenceSession(t.In("encoder.onnx"));
            var image = ImageDecoder.Read(t.Image);
            byte[] twice = [.. image.Pixels.Span, .. image.Pixels.Span];
            session.OutputMetadata.Keys.ShouldBe(["h"]);
            using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<byte>(twice, [2, image.Height, image.Width, 3]))]);
            float[] h = [.. outputs[0].AsTensor<float>()], expected = t.Embed(t.Run);
            for (int i = 0; i < h.Length; i++) h[i].ShouldBe(expected[i % expected.Length], 1e-4f);
        },
        ["`embed`, `search`, `cluster`"] = t =>
        {
            string embeddings = t.In("h.npy");
            t.Do($"embed --weights {t.Run} --data {t.Data} --output {embeddings}");
            t.Do($"search --embeddings {embeddings} --data {t.Data} --query 0 --k 3");
            t.Do($"cluster --embeddings {embeddings} --data {t.Data} --clusters 2 --output {t.In("clusters")}");
            t.Do($"embed --weights {t.Run} --data {t.Data} --image-size 24 --output {t.In("larger.npy")}");
        },
        ["`report`"] = t => t.Do($"report {t.Run} --output {t.In("report.html")} --data {t.Data}"),
        ["`doctor`"] = t => t.Do($"doctor --data {t.Data} {t.Encoder} {EncoderRuns.Small}"),
        ["`bench`"] = t => t.Do($"bench step-{t.Name switch { "ResNet" => "resnet18x0.25-32", "ViT" => "vit-tiny-32", _ => "convnext-tiny-64" }} --quick"),
    };

    public static TheoryData<string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string>();
            foreach (var (job, encoder, mark) in Table().Where(cell => cell.Mark == "✓")) cells.Add(job, encoder);
            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Everything_in_the_table_works(string job, string encoder) => Jobs[job](runs.Of(encoder));

    [Fact]
    public void The_table_has_all_jobs_and_all_encoders() =>
        Table().Select(cell => (cell.Job, cell.Encoder)).ShouldBe(from job in Jobs.Keys from encoder in EncoderRuns.Encoders.Keys select (job, encoder));

    private static IEnumerable<(string Job, string Encoder, string Mark)> Table()
    {
        string[][] rows = [.. File.ReadLines(Path.Combine(ReadmeTests.Root, "docs", "encoders.md")).SkipWhile(line => line != "## What works with which")
            .Where(line => line.StartsWith('|')).Select(line => Bar().Split(line)[1..^1])];
        return from row in rows.Skip(2) from column in Enumerable.Range(1, rows[0].Length - 1) select (row[0], rows[0][column], row[column]);
    }

    private static string Newest(string run) => Path.Combine(Directory.EnumerateDirectories(Path.Combine(run, "checkpoints")).Order(StringComparer.Ordinal).Last(), "model.safetensors");

    [GeneratedRegex(@"\s*\|\s*")]
    private static partial Regex Bar();
}
