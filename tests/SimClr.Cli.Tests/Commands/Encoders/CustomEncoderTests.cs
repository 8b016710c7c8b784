using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Runs;
using TorchSharp;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class CustomEncoderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_of_a_custom_encoder_is_listed_and_other_commands_say_how_to_open_it()
    {
        var encoder = new CustomEncoder("averages", _ => torch.nn.Sequential(torch.nn.AvgPool2d(4), torch.nn.Flatten(), torch.nn.Linear(48, 8)));
        var options = new PretrainOptions { Preprocessing = new() { ImageSize = 16 }, BatchSize = 32, Epochs = 1, Encoder = encoder };
        var run = new RunFolder(folder.In("mine"));
        var source = await ImageSource.FindAsync("builtin", cancellationToken: TestContext.Current.CancellationToken);
        PretrainRun.Start(run, source, options, new RunSettings { Limit = 64 }).Execute(TestContext.Current.CancellationToken).ShouldBeTrue();
        using (var trained = TrainedEncoder.Load(run.Path, encoder)) trained.Save(folder.In("mine.safetensors"));

        const string Sentence = "the custom encoder averages: open it from C# (TrainedEncoder.Load(path, encoder)).";
        foreach (string command in (string[])
        [
            $"embed --weights {run.Path} --data builtin --output {folder.In("x.npy")}", $"evaluate knn --weights {run.Path} --data builtin",
            $"finetune --weights {run.Path} --data builtin --output {folder.In("f")}", $"export --weights {run.Path} --output {folder.In("x.onnx")}",
            $"export --weights {folder.In("mine.safetensors")} --output {folder.In("x.pth")}", $"pretrain --weights {run.Path} --data builtin --output {folder.In("n")}",
        ])
        {
            var (code, _, error) = InProcess.Run(command);
            (code, error.Trim().Split('\n')[^1]).ShouldSatisfyAllConditions(end => end.code.ShouldBe(2, command), end => end.Item2.ShouldStartWith("simclr: "), end => end.Item2.ShouldEndWith(Sentence, Case.Sensitive, command));
        }
        var resumed = InProcess.Run($"pretrain --output {run.Path} --resume");
        (resumed.ExitCode, resumed.Error.Contains("the custom encoder averages: open it from C# (PretrainRunOptions.Encoder).", StringComparison.Ordinal)).ShouldBe((2, true), resumed.Error);
        var kind = InProcess.Run($"pretrain --data builtin --output {folder.In("k")} --set encoder.kind=custom --set encoder.name=mine");
        (kind.ExitCode, kind.Error.Contains("the custom encoder mine: open it from C#", StringComparison.Ordinal)).ShouldBe((2, true), kind.Error);
        var arch = InProcess.Run($"pretrain --data builtin --output {folder.In("k")} --set encoder.kind=custom --set encoder.name=mine --arch resnet50");
        arch.Error.ShouldContain("--arch: encoder.arch is a key of encoder.kind resnet or vit or convnext, but the kind is custom.");

        var report = InProcess.Run($"report {run.Path} --output {folder.In("report.html")}");
        report.ExitCode.ShouldBe(0, report.Error);
        string page = await File.ReadAllTextAsync(folder.In("report.html"), TestContext.Current.CancellationToken);
        page.ShouldContain("encoder.name");
        page.ShouldContain(Sentence);
        InProcess.Run($"runs {folder.In(".")}").Output.ShouldContain("custom encoder averages");
    }
}
