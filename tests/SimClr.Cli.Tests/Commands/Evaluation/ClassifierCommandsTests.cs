using System.Text.Json.Nodes;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Cli.Tests.Commands;

/// <summary>
/// The protocols of <c>evaluate</c>, <c>finetune</c>, <c>distill</c> and <c>health</c> on the command line, on one small run.
/// </summary>
[Collection(InProcess.Name)]
public sealed partial class ClassifierCommandsTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Weights => $"--weights {trained.In("runs", "done")} --data builtin --threads 1 --quiet";

    private static JsonNode Json(string command)
    {
        var (exitCode, output, error) = InProcess.Run(command + " --json");
        exitCode.ShouldBe(0, error);
        return JsonNode.Parse(output)!; // only JSON
    }

    [Fact]
    public void Stepwise_protocols_report_the_last_and_best_epoch_and_seeds_their_spread()
    {
        var report = Json($"evaluate linear --solver sgd --epochs 3 --seeds 2 {Weights}");
        ((string)report["protocol"]!).ShouldBe("linear-sgd");
        var rows = report["rows"]!.AsArray();
        rows.Select(r => ((string)r!["features"]!, (string)r["variant"]!)).ShouldBe(
            from features in new[] { "encoder", "untrained", "pixels" } from variant in new[] { "last", "best held-out epoch" } select (features, variant));
        foreach (var row in rows)
        {
            double[] seeds = [.. row!["top1_of_seeds"]!.AsArray().Select(t => (double)t!)];
            ((double)row["top1"]!).ShouldBe(seeds.Average(), 1e-12);
            ((double)row["top1_sd"]!).ShouldBe(Math.Abs(seeds[0] - seeds[1]) / Math.Sqrt(2), 1e-12);
        }
        ((int)report["parameters"]!["options"]!["epochs"]!).ShouldBe(3);
        ((string)report["parameters"]!["options"]!["optimizer"]!["kind"]!).ShouldBe("sgd");
        JsonNode.Parse(File.ReadAllText(trained.In("runs", "done", "evaluations", "linear-sgd.json")))!.ToJsonString().ShouldBe(report.ToJsonString());
    }

    [Fact]
    public void All_means_three_protocols_and_their_records_describe_their_data()
    {
        var reports = Json($"evaluate all --epochs 2 {Weights}").AsArray();
        reports.Select(r => (string)r!["protocol"]!).ShouldBe(["knn", "linear", "augmented"]);
        reports.Select(r => (string)r!["audit"]!["weights_sha256"]!).Distinct().Single().Length.ShouldBe(64);
        foreach (var first in reports.Select(r => r!["rows"]![0]!))
        {
            long[][] confusion = [.. first["confusion"]!.AsArray().Select(r => r!.AsArray().Select(n => (long)n!).ToArray())];
            confusion.Sum(r => r.Sum()).ShouldBe(1200);
            ((double)first["top1"]!).ShouldBe(confusion.Select((r, i) => r[i]).Sum() / 1200.0, 1e-12);
            first["per_class"]!.AsObject().Select((c, i) => ((double)c.Value!, confusion[i][i] / (double)confusion[i].Sum())).ShouldAllBe(c => Math.Abs(c.Item1 - c.Item2) < 1e-12);
        }
        Json($"evaluate knn --no-baselines {Weights}")["rows"]!.AsArray().Select(r => (string)r!["features"]!).Distinct().ShouldBe(["encoder"]);

        // Another model changes the hash of the weights; the hash of the images stays.
        var other = JsonNode.Parse(trained.Evaluated.Output)!["audit"]!;
        ((string)other["test_sha256"]!).ShouldBe((string)reports[0]!["audit"]!["test_sha256"]!);
    }

    [Fact]
    public void Fine_tuning_writes_a_classifier_labels_and_a_record_and_a_student_learns_from_it()
    {
        string tuned = folder.In("tuned"), small = folder.In("small");
        var report = Json($"finetune {Weights} --labels 3 --epochs 4 --batch-size 16 --set held-out-fraction=0.34 --output {tuned}");
        ((string)report["protocol"]!).ShouldBe("finetune");
        report["rows"]!.AsArray().Select(r => ((string)r!["features"]!, (string)r["variant"]!)).ShouldBe(
            from start in new[] { "fine-tuned", "from scratch" } from variant in new[] { "last", "best held-out epoch" } select (start, variant));
        File.ReadAllLines(Path.Combine(tuned, "labels.txt")).Length.ShouldBe(36);
        JsonNode.Parse(File.ReadAllText(Path.Combine(tuned, "finetune.json")))!.ToJsonString().ShouldBe(report.ToJsonString());

        // A list of labels is a label budget too, and the same seed gives the same network.
        var again = Json($"finetune {Weights} --labels {Path.Combine(tuned, "labels.txt")} --epochs 4 --batch-size 16 --set held-out-fraction=0.34 --no-scratch --output {folder.In("again")}");
        ((double)again["rows"]![0]!["top1"]!).ShouldBe((double)report["rows"]![0]!["top1"]!);

        // Two epochs with a rate near 0: the result is the probe.
        var probed = Json($"finetune {Weights} --labels 10 --probe-first --epochs 2 --lr 1e-9 --no-scratch --output {folder.In("probed")}");
        ((bool)probed["parameters"]!["options"]!["probe_first"]!).ShouldBeTrue();
        Safetensors.Read(folder.In("probed", "classifier.safetensors"))["fc.weight"].abs().max().item<float>().ShouldBeGreaterThan(1e-3f);
        InProcess.Run($"finetune {Weights} --labels 3 --epochs 2 --no-scratch --output {folder.In("few")}").Error.ShouldContain("of 24 images are few for a classification layer that starts from 0");

        // The encoder in the file loads as an encoder, and the classifier as a classifier.
        Json($"evaluate knn --weights {Path.Combine(tuned, "classifier.safetensors")} --data builtin --threads 1 --quiet")["rows"]!.AsArray().Count.ShouldBe(21);
        InProcess.Run($"export --weights {Path.Combine(tuned, "classifier.safetensors")} --output {folder.In("tuned.onnx")} --quiet").Output.ShouldContain("12 classes");

        var distilled = Json($"distill --teacher {tuned} --data builtin --limit 64 --width 0.125 --epochs 2 --batch-size 32 --threads 1 --quiet --output {small}");
        distilled["rows"]!.AsArray().Select(r => (string)r!["features"]!).ShouldBe(["student", "teacher"]);
        ((double)distilled["rows"]![1]!["top1"]!).ShouldBe((double)report["rows"]![1]!["top1"]!, 1e-12); // the best held-out epoch is kept
        ((double)distilled["parameters"]!["options"]!["encoder"]!["width"]!).ShouldBe(0.125);
        File.Exists(Path.Combine(small, "classifier.safetensors")).ShouldBeTrue();
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void Frozen_stages_do_not_change_in_fine_tuning_and_pretraining_and_are_reported()
    {
        string start = trained.In("runs", "done"), tuned = folder.In("careful"), further = folder.In("further"), page = folder.In("page.html");
        const string Careful = "--data builtin --threads 1 --freeze stem,layer1 --layer-decay 0.5";
        var (exitCode, output, error) = InProcess.Run($"finetune --weights {start} {Careful} --labels 3 --epochs 1 --batch-size 15 --json --output {tuned}");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("frozen: stem, layer1, 0.00 of 0.04 M parameters");
        error.ShouldContain("layer decay 0.5: the rate of stem × 0.0312, layer1 × 0.0625, layer2 × 0.125, layer3 × 0.25, layer4 × 0.5");
        var training = JsonNode.Parse(output)!["parameters"]!["options"]!["training"]!;
        training["freeze"]!.ToJsonString().ShouldBe("""["stem","layer1"]""");
        ((double)training["optimizer"]!["layer_decay"]!).ShouldBe(0.5);

        var (continued, _, said) = InProcess.Run($"pretrain --weights {start} {Careful} --limit 32 --epochs 1 --batch-size 16 --image-size 16 --output {further}");
        continued.ShouldBe(0, said);
        said.ShouldContain("M parameters, frozen: stem, layer1");
        said.ShouldContain(", layer decay 0.5");
        said.ShouldNotContain("as random as it is");
        InProcess.Run($"report {further} --images 24 --threads 1 --quiet --output {page}").ExitCode.ShouldBe(0);
        File.ReadAllText(page).ShouldContain("M parameters, frozen: stem, layer1");

        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> Encoder(string file) => Safetensors.Read(file).ToDictionary(t => t.Key.Replace("encoder.", "", StringComparison.Ordinal), t => t.Value);
        string Newest(string run) => Directory.EnumerateFiles(run, "model.safetensors", SearchOption.AllDirectories).Order().Last();
        var before = Encoder(Newest(start));
        foreach (string file in (string[])[Path.Combine(tuned, "classifier.safetensors"), Newest(further)])
        {
            var after = Encoder(file);
            foreach (string name in before.Keys.Where(name => !name.StartsWith("head.", StringComparison.Ordinal)))
            {
                bool frozen = name.StartsWith("conv1.", StringComparison.Ordinal) || name.StartsWith("bn1.", StringComparison.Ordinal) || name.StartsWith("layer1.", StringComparison.Ordinal);
                if (frozen || name.EndsWith("running_mean", StringComparison.Ordinal)) after[name].eq(before[name]).all().item<bool>().ShouldBe(frozen, $"{name} in {file}");
            }
        }
    }

    [Fact]
    public void A_middle_layer_of_the_head_is_stored_with_the_classifier_and_not_with_the_encoder()
    {
        string run = folder.In("v2"), tuned = folder.In("tuned");
        InProcess.Run($"pretrain --output {run} {TrainedRun.Tiny} --set head.layers=3").ExitCode.ShouldBe(0);
        var report = Json($"finetune --weights {run} --data builtin --threads 1 --quiet --labels 2 --protocol v2 --epochs 2 --batch-size 16 --set held-out-fraction=0 --no-scratch --output {tuned}");
        ((int)report["parameters"]!["options"]!["head_layers"]!).ShouldBe(1);
        ((string)report["parameters"]!["options"]!["training"]!["optimizer"]!["kind"]!).ShouldBe("lars");
        var (exitCode, _, error) = InProcess.Run($"evaluate knn --weights {Path.Combine(tuned, "classifier.safetensors")} --data builtin --threads 1");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("its classifier needs a layer of the projection head");
        Json($"distill --teacher {tuned} --data builtin --limit 32 --epochs 2 --batch-size 16 --threads 1 --quiet --output {folder.In("small")}")["rows"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public void Health_tells_the_trained_encoder_from_the_untrained_and_uses_no_label()
    {
        var report = Json($"health {trained.In("runs", "done")} --images 40 --threads 1 --quiet");
        report["rows"]!.AsArray().Select(r => (string)r!["features"]!).ShouldBe(["encoder", "projection", "untrained"]);
        ((int)report["images"]!).ShouldBe(40);
        foreach (var row in report["rows"]!.AsArray())
        {
            ((double)row!["alignment"]!).ShouldBeInRange(0, 4);
            ((double)row["effective_rank"]!).ShouldBeInRange(1, (double)row["dimensions"]!);
            ((double)row["entropy"]!).ShouldBeInRange(0, Math.Log(79));
        }
    }
}
