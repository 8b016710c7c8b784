using System.Globalization;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using SimClr.Tests.House;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Models.Scripted;

/// <summary>Modules that Python wrote, compared with Python's own features. <see cref="TinyScript"/> tests the rest everywhere.</summary>
public sealed class PythonScriptTests : IDisposable
{
    private const int Size = 64, LargerSize = 96;

    // Each name, and the attribute that holds its classifier.
    private static readonly (string Name, string Classifier)[] Networks =
    [
        ("mobilenet_v3_small", "classifier"), ("efficientnet_b0", "classifier"), ("regnet_y_400mf", "fc"),
        ("swin_t", "head"), ("densenet121", "classifier"), ("shufflenet_v2_x1_0", "fc"),
    ];

    private const string Tiny = """
        import torch, sys
        torch.manual_seed(0)
        stem = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU())
        model = torch.nn.Sequential(stem, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Dropout(0.5), torch.nn.Linear(8, 5))

        """;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private SimClrModel Model(string file, int size = 8) =>
        new(new ScriptOptions { Script = folder.At(file) }.Trusted(), new ProjectionHeadOptions(), size, seed: 0);

    private static PretrainOptions Options(SimClrModel model, int microBatchSize = 0) => new PretrainOptions
    {
        Preprocessing = new() { ImageSize = model.ImageSize },
        BatchSize = 8,
        MicroBatchSize = microBatchSize,
        Epochs = 1,
        Encoder = model.EncoderOptions,
    }.For(model.ImageSize);

    private static void Train(SimClrModel model, PretrainOptions options)
    {
        var data = new SyntheticImages(16);
        using var pretrainer = new Pretrainer(model, options, data.Count);
        pretrainer.Steps(new ViewLoader(data, options.Views, options.Preprocessing, 8, 0) { MicroBatchSize = options.MicroBatchSize }.Epoch(0)).Count().ShouldBe(2);
    }

    [Fact]
    public void A_trained_module_is_written_back_and_Python_computes_the_same_with_it()
    {
        Python.Run($"{Tiny}torch.jit.script(model).save('{folder.At("tiny.pt")}')");
        using var scope = NewDisposeScope();
        using var model = Model("tiny.pt");
        EncoderStages.Of(model.Encoder).Select(stage => stage.Name).ShouldBe(["0", "4"]);
        Train(model, Options(model) with { Freeze = ["0.0"] });
        model.eval();
        ((IScriptExportable)model.Encoder).WriteScript(folder.At("out.pt"), new Dictionary<string, string> { ["recipe"] = "a: 1\n" });
        PyTorchFile.Write(folder.At("out.pth"), model.Encoder.state_dict());
        var x = rand(3, 3, 8, 8);
        PyTorchFile.Write(folder.At("x.pth"), new Dictionary<string, Tensor> { ["x"] = x, ["h"] = model.Encoder.call(x) });
        string[] said = Python.Run($"""
            {Tiny}
            torch.manual_seed(0)
            saved, read = torch.load('{folder.At("x.pth")}'), torch.jit.load('{folder.At("out.pt")}')
            start = torch.jit.load('{folder.At("tiny.pt")}').state_dict()
            print(float((read(saved['x']) - saved['h']).abs().max()), read.training)
            print(model.load_state_dict(torch.load('{folder.At("out.pth")}')), float((model.eval()(saved['x']) - saved['h']).abs().max()))
            now = read.state_dict()
            print(' '.join(name for name in start if not torch.equal(start[name], now[name])))
            """).Split('\n');
        double.Parse(said[0].Split(' ')[0], CultureInfo.InvariantCulture).ShouldBeLessThan(1e-5);
        said[0].ShouldEndWith("False");
        said[1].ShouldStartWith("<All keys matched successfully>");
        double.Parse(said[1].Split(' ')[^1], CultureInfo.InvariantCulture).ShouldBeLessThan(1e-5);
        // The batch norm of the projection head takes the last bias away, so it has no gradient.
        said[2].ShouldBe("0.1.weight 0.1.bias 0.1.running_mean 0.1.running_var 0.1.num_batches_tracked 4.weight");
    }

    [Fact]
    public void Gradient_caching_with_random_layers_gives_the_same_bytes_twice()
    {
        Python.Run($"{Tiny}model[0][1] = torch.nn.Identity()\ntorch.jit.script(model).save('{folder.At("tiny.pt")}')");
        string[] hashes = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using var model = Model("tiny.pt");
            Train(model, Options(model, microBatchSize: 4));
            return ModelState.Sha256(model);
        })];
        hashes[1].ShouldBe(hashes[0]);
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void The_table_in_the_docs_says_what_torchvisions_networks_do()
    {
        var rows = new List<string>();
        foreach (var (name, classifier) in Networks)
        {
            Python.Run($"""
                import torch, torchvision
                torch.manual_seed(0)
                model = torchvision.models.{name}()
                model.{classifier} = torch.nn.Identity()
                torch.jit.script(model).save('{folder.At("scripted.pt")}')
                x = torch.rand(3, 3, {Size}, {Size})
                model.eval()
                torch.jit.trace(model, x[:2], check_trace=False).save('{folder.At("traced.pt")}')
                larger = torch.rand(2, 3, {LargerSize}, {LargerSize})
                torch.save(dict(x=x, h=model(x).detach(), larger=larger, h_of_larger=model(larger).detach()), '{folder.At("h.pth")}')
                """);
            rows.Add(Row(name));
        }
        string page = File.ReadAllText(Path.Combine(ArrowsTests.RepositoryRoot(), "docs", "using.md")), table = string.Join('\n', rows);
        page.Contains(table, StringComparison.Ordinal).ShouldBeTrue($"docs/using.md lacks this table:\n{table}");
    }

    private string Row(string name)
    {
        using var scope = NewDisposeScope();
        var known = WeightsFile.Read(folder.At("h.pth"));
        string facts = "";
        var cells = new List<string>();
        foreach (string file in (string[])["scripted.pt", "traced.pt"])
        {
            using var model = Model(file, Size);
            int norms = model.Encoder.named_buffers().Count(b => b.name.EndsWith("running_mean", StringComparison.Ordinal));
            double millions = model.Encoder.parameters().Sum(p => p.numel()) / 1e6;
            facts = string.Create(CultureInfo.InvariantCulture, $"`{name}` | {model.FeatureDim} | {millions:f1} M | {norms}");
            model.eval();
            string same = Encodes(model.Encoder, known["x"], known["h"]), larger = Encodes(model.Encoder, known["larger"], known["h_of_larger"]);
            cells.AddRange([same, Trains(model), larger]);
        }
        return $"| {facts} | {string.Join(" | ", cells)} |";
    }

    private static string Trains(SimClrModel model)
    {
        var before = model.Encoder.state_dict().ToDictionary(t => t.Key, t => t.Value.clone());
        try
        {
            Train(model, Options(model));
        }
        catch (InvalidDataException e)
        {
            e.Message.ShouldContain("would train with frozen statistics");
            return "refused";
        }
        var changed = model.Encoder.state_dict().Where(t => t.Value.ne(before[t.Key]).any().item<bool>()).Select(t => t.Key).ToHashSet();
        before.Keys.Where(key => key.EndsWith("running_mean", StringComparison.Ordinal)).ShouldBeSubsetOf(changed);
        // A gradient may be too small for a float32 to show it after two steps.
        int weights = before.Keys.Count(key => key.EndsWith("weight", StringComparison.Ordinal));
        changed.Count(key => key.EndsWith("weight", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo((int)(0.95 * weights));
        return "yes";
    }

    private static string Encodes(nn.Module<Tensor, Tensor> encoder, Tensor x, Tensor expected)
    {
        using var _ = no_grad();
        try
        {
            return ((encoder.call(x) - expected).abs().max() / expected.abs().max()).item<float>() < 1e-4f ? "yes" : "wrong h";
        }
        catch (InvalidDataException)
        {
            return "refused";
        }
    }
}
