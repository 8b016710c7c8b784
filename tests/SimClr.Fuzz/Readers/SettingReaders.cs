using System.Text;
using SimClr.Cli.Benchmarks;
using SimClr.Datasets;
using SimClr.Export;
using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.Fuzz.Readers;

/// <summary>Texts that people write or pass on: recipes, manifests, results of other machines.</summary>
internal static class SettingReaders
{
    public static string[] JsonWords { get; } =
        ["{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "1e999", "\"\\ud800\"", "{\"a\":", "[[", "\"a\":{}", "\"\\u0000\"", "//", "\ufeff", "\"step\":1,"];

    public static string[] YamlWords { get; } =
        ["&a ", "*a", "&a [*a]: 1\n", "{a: ", "[", "]", "}", "- ", ": ", "? ", "\n", "---\n", "...\n", "!!str ", "!<x> ", "|\n  x\n", ">-\n", "'", "\"", "#", "%YAML 1.2\n", "<<: *a\n", "~", ".inf", "epochs: 1\n", "k{0}: 1\n", "\t", "a: &b{0} {\n"];

    public static IEnumerable<FuzzReader> All()
    {
        byte[] complete = Encoding.UTF8.GetBytes(OptionsText.ToYaml(new PretrainOptions()));
        yield return new("recipe", "x.yaml", [complete, "epochs: 3\nviews:\n  color-strength: 0.5\nencoder.width: 2\n"u8.ToArray(), "# nothing\nviews: {min-scale: 0.1, mean: [0.1, 0.2, 0.3]}\n"u8.ToArray()], path =>
        {
            string read = OptionsText.ToYaml(OptionsBinder.Bind<PretrainOptions>(Recipe.Read(path), []));
            string again = OptionsText.ToYaml(OptionsBinder.Bind<PretrainOptions>(Recipe.Parse(read, path), []));
            BrokenPromiseException.Unless(again == read, "options that are not read as they are written");
        })
        { Words = YamlWords, Refuses = FuzzReader.RefusesSettings };

        var manifest = Manifest();
        yield return new("embeddings' manifest", "x.npy.json", [SeedFiles.WrittenBy(manifest.Write)], path =>
        {
            var read = EmbeddingManifest.Read(path);
            read.Require(manifest with { Data = read.Data }, path);
            read.Require(read, path);
        })
        { Words = [.. JsonWords, "\"images\": 9", "\"mean\": null", "\"rows_done\": -5"] };

        yield return new("embed --resume", "x.npy.json", [SeedFiles.WrittenBy(manifest.Write)], path =>
        {
            int rows = new EmbeddingOutput(path[..^".json".Length]).Begin(manifest, resume: true, batch: 2);
            BrokenPromiseException.Unless(rows >= 0 && rows <= manifest.Images, $"it goes on after {rows} of {manifest.Images} rows");
        })
        { Words = JsonWords, Beside = new Dictionary<string, byte[]> { ["x.npy.part"] = SeedFiles.WrittenBy(path => Export.NpyWriter.Create(path, 5, 4, false).Dispose()) } };

        byte[] results = SeedFiles.Read(Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Seeds", "benchmarks")).Order(StringComparer.Ordinal).First());
        yield return new("benchmarks' results", "x.json", [results], path => _ = BenchmarkResults.Read(path)) { Words = JsonWords };
        yield return new("pack.json", "pack.json", [PackJson()], path => Pack().Keep(Path.GetDirectoryName(path)!)) { Words = JsonWords, Refuses = FuzzReader.RefusesSettings };
    }

    private static EmbeddingManifest Manifest() => new()
    {
        Weights = "runs/a",
        WeightsSha256 = new string('a', 64),
        Data = "photos",
        Part = "all",
        DataSha256 = new string('b', 64),
        Images = 5,
        Dimensions = 4,
        Float16 = false,
        ImageSize = 32,
        Interpolation = "bilinear",
        Mean = [0.5, 0.5, 0.5],
        StandardDeviation = [0.2, 0.2, 0.2],
        RowsDone = 2,
    };

    private static PackManifest Pack() => new() { Data = "photos", Images = 3, Sha256 = new string('c', 64), ShardBytes = 1_000_000, ShardImages = 0, ShortSide = 0, Quality = 95 };

    private static byte[] PackJson() => SeedFiles.Written(folder =>
    {
        Directory.CreateDirectory(folder);
        Pack().Keep(folder);
        return File.ReadAllBytes(Path.Combine(folder, "pack.json"));
    });
}
