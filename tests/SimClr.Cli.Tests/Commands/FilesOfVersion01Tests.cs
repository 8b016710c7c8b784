using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using SimClr.Export;

namespace SimClr.Cli.Tests.Commands;

/// <summary>
/// Files that version 0.1 wrote stay readable. The golden files are of commit 110a3fa: <c>run</c>, trained for 16 steps and cut back to its
/// checkpoint of step 8, with the metrics of all 16; <c>shards</c>, packed from 18 + 6 images of three classes; <c>h.npy</c>, <c>h.csv</c>
/// and <c>h.parquet</c>, the embeddings by that checkpoint.
/// </summary>
[Collection(InProcess.Name)]
public sealed class FilesOfVersion01Tests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FilesOfVersion01Tests()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Commands", "Goldens", "v0.1.tar.gz"));
        using var plain = new GZipStream(file, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(plain, folder.Path, overwriteFiles: false);
    }

    private string In(string name) => folder.In("v0.1", name);

    private static JsonNode Json(string arguments)
    {
        var (exitCode, output, error) = InProcess.Run(arguments);
        exitCode.ShouldBe(0, error);
        return JsonNode.Parse(output)!;
    }

    [Fact]
    public void An_old_run_resumes_with_its_old_losses()
    {
        var listed = Json($"runs {In("run")} --json")["runs"]![0]!;
        ((string)listed["state"]!, (long)listed["step"]!, (long)listed["total_steps"]!).ShouldBe(("stopped", 8, 16));

        double[] then = Losses();
        InProcess.Run($"pretrain --output {In("run")} --resume --threads 1 --quiet").ShouldBe((0, "", ""));
        double[] now = Losses();
        now.Length.ShouldBe(16);
        // another processor rounds differently, and training amplifies that
        for (int i = 0; i < now.Length; i++) now[i].ShouldBe(then[i], 0.02);

        double[] Losses() => [.. File.ReadLines(In("run/metrics.jsonl")).Select(line => JsonNode.Parse(line)!).Where(step => step["loss"] is not null).Select(step => (double)step["loss"]!)];
    }

    [Fact]
    public void An_old_run_is_evaluated_with_its_old_figures()
    {
        var then = JsonNode.Parse(File.ReadAllText(In("run/evaluations/knn.json")))!;
        var now = Json($"evaluate knn --weights {In("run")} --data {In("shards")} --threads 1 --json --quiet");
        Figures(now).ShouldBe(Figures(then));
        ((string)now["audit"]!["test_sha256"]!).ShouldBe((string)then["audit"]!["test_sha256"]!);

        var (exitCode, _, error) = InProcess.Run($"report {In("run")} --data {In("shards")} --threads 1 --quiet");
        exitCode.ShouldBe(0, error);
        File.ReadAllText(In("run/report.html")).ShouldContain("resnet18");

        static string[] Figures(JsonNode report) =>
            [.. report["rows"]!.AsArray().Select(row => string.Create(CultureInfo.InvariantCulture, $"{row!["features"]} {row["k"]} {row["weighted"]} {(double)row["top1"]!:f4}"))];
    }

    [Fact]
    public void An_old_run_with_a_memory_bank_is_opened_but_not_resumed()
    {
        string recipe = File.ReadAllText(In("run/recipe.yaml"));
        File.WriteAllText(In("run/recipe.yaml"), recipe.Replace("  size: 0\n", "  size: 64\n", StringComparison.Ordinal));
        File.ReadAllText(In("run/recipe.yaml")).ShouldNotBe(recipe);

        ((string)Json($"runs {In("run")} --json")["runs"]![0]!["state"]!).ShouldBe("stopped");
        Json($"evaluate knn --weights {In("run")} --data {In("shards")} --threads 1 --json --quiet");
        InProcess.Run($"embed --weights {In("run")} --data {In("shards")} --output {In("now.npy")} --threads 1 --quiet").ExitCode.ShouldBe(0);
        InProcess.Run($"report {In("run")} --data {In("shards")} --threads 1 --quiet").ExitCode.ShouldBe(0);

        var (exitCode, _, error) = InProcess.Run($"pretrain --output {In("run")} --resume --threads 1 --quiet");
        exitCode.ShouldBe(2);
        error.Trim().ShouldBe($"simclr: {In(Path.Combine("run", "recipe.yaml"))}:48: memory.size: the memory of negatives was removed in 0.2 because it made every recorded run worse (docs/log.md). "
            + "A run with one can be opened, but neither started nor resumed.");
    }

    [Fact]
    public void Old_shards_are_intact_and_give_their_old_embeddings()
    {
        var (verified, _, problem) = InProcess.Run($"pack --verify {In("shards")}");
        verified.ShouldBe(0, problem);
        var (exitCode, _, error) = InProcess.Run($"embed --weights {In("run")} --data {In("shards")} --output {In("now.npy")} --threads 1 --quiet");
        (exitCode, error).ShouldBe((0, ""));
        var (now, then) = (Numbers("now.npy"), Numbers("h.npy"));
        now.Length.ShouldBe(24 * 32);
        float bound = 1e-4f * then.Max(MathF.Abs);
        for (int i = 0; i < now.Length; i++) now[i].ShouldBe(then[i], bound);
        File.ReadAllLines(In("now.index.csv")).ShouldBe(File.ReadAllLines(In("h.index.csv")));
    }

    private float[] Numbers(string file)
    {
        using var reader = new NpyReader(In(file));
        var numbers = new float[reader.Header.Rows * reader.Header.Columns];
        reader.Read(0, numbers);
        return numbers;
    }

    [Fact]
    public void Old_embeddings_are_searched()
    {
        var found = Json($"search --data {In("shards")} --embeddings {In("h.npy")} --query 3 --k 5 --threads 1 --json --quiet");
        found.ToJsonString().ShouldContain("images-000000.tar");
    }

    public void Dispose() => folder.Dispose();
}
