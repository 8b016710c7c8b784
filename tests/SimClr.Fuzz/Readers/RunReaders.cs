using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using SimClr.Cli.Commands;
using SimClr.Cli.Reports;
using SimClr.Fuzz.Mutations;
using SimClr.Pretraining;
using SimClr.RunFolders;
using static TorchSharp.torch;

namespace SimClr.Fuzz.Readers;

/// <summary>Run folders, file by file, as a list of runs, a report and a resumed run read them.</summary>
internal static class RunReaders
{
    private const string Checkpoint = "checkpoints/step-000002/";

    public static IEnumerable<FuzzReader> All()
    {
        var run = Files();
        yield return Listed("run.json", SettingReaders.JsonWords);
        yield return Listed("recipe.yaml", SettingReaders.YamlWords);
        yield return Listed("metrics.jsonl", [.. SettingReaders.JsonWords, "\n", "\"loss\":", "{\"step\":3,\"loss\":1,\"top1\":1}\n"]);
        yield return Listed("evaluations/knn.json", [.. SettingReaders.JsonWords, "\"rows\":[", "\"features\":\"encoder\""]);
        yield return Loaded("manifest.json", sealAgain: false) with { Words = SettingReaders.JsonWords };
        yield return Loaded("state.json", sealAgain: true) with { Words = SettingReaders.JsonWords };
        yield return Loaded("model.safetensors", sealAgain: true) with { Words = SettingReaders.JsonWords, Repair = Checksums.Safetensors };

        // runs lists all of them: a damaged run is a line of the list.
        FuzzReader Listed(string file, IReadOnlyList<string> words) => new("run: " + file, file, [run[file]], path =>
        {
            string folder = path[..^(file.Length + 1)];
            var summary = RunSummary.Find(folder).Single();
            BrokenPromiseException.Unless((summary.State == RunState.Damaged) == (summary.Problem is not null), "a damaged run without a word");
            _ = new RunsOutput([summary]).ToJson().ToJsonString();
            var curves = MetricCurves.Read(new RunFolder(folder));
            _ = CurvePanel.For([curves.For("x", 16)]);
            _ = JsonSerializer.Serialize(curves.For("x", 16));
            _ = new MetricsFollower(new RunFolder(folder)).Read();
            if (file == "metrics.jsonl") new MetricsLog(new RunFolder(folder), 2).Dispose(); // as a resumed run does
            else if (file == "run.json") _ = new RunFolder(folder).ReadSettings();
        })
        { Beside = Without(file), Words = words };

        FuzzReader Loaded(string file, bool sealAgain) => new("checkpoint: " + file, Checkpoint + file, [run[Checkpoint + file]], path =>
        {
            if (sealAgain) Seal(path);
            using var scope = NewDisposeScope();
            var checkpoint = CheckpointStore.Load(Path.GetDirectoryName(path)!);
            BrokenPromiseException.Unless(checkpoint.Step == 2, $"step-000002 was loaded as step {checkpoint.Step}");
            if (file == "state.json") _ = RunCheckpoint.OptionsOf(checkpoint, path);
        })
        { Beside = Without(Checkpoint + file), Rewrites = sealAgain };

        Dictionary<string, byte[]> Without(string file) => run.Where(f => f.Key != file).ToDictionary();
    }

    // The changed file, with a manifest that has its length and hash.
    private static void Seal(string path)
    {
        string manifest = Path.Combine(Path.GetDirectoryName(path)!, "manifest.json");
        var json = JsonNode.Parse(File.ReadAllText(manifest))!;
        byte[] bytes = File.ReadAllBytes(path);
        json["files"]![Path.GetFileName(path)] = new JsonObject { ["length"] = bytes.Length, ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
        File.WriteAllText(manifest, json.ToJsonString());
    }

    private static Dictionary<string, byte[]> Files() => SeedFiles.Written(folder =>
    {
        var run = new RunFolder(folder);
        run.Create(new PretrainOptions { BatchSize = 16 }, new RunSettings { Data = ["builtin"], ImageCount = 64, DataName = "built-in", Version = "1" });
        using (var scope = NewDisposeScope())
        {
            run.Checkpoints().Save(new Checkpoint(2, new Dictionary<string, Tensor> { ["model.a"] = arange(6, float32), ["optimizer.a"] = ones(2) }, new JsonObject { ["recipe"] = "epochs: 3" }));
        }
        var lines = Enumerable.Range(1, 2).Select(step => $"{{\"step\":{step},\"epoch\":0,\"loss\":3.5,\"learning_rate\":0.1,\"top1\":0.2,\"knn\":0.3,\"time\":\"2026-01-01T00:00:0{step}Z\"}}\n");
        File.WriteAllText(run.MetricsFile, string.Concat(lines));
        Directory.CreateDirectory(run.EvaluationsFolder);
        File.WriteAllText(Path.Combine(run.EvaluationsFolder, "knn.json"), "{\"protocol\": \"knn\", \"data\": \"built-in\", \"rows\": [{\"features\": \"encoder\", \"k\": 20, \"top1\": 0.25}]}", Encoding.UTF8);
        return Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes);
    });
}
