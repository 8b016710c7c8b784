using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class ScriptCommandsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string Succeeds(string command)
    {
        var (code, output, error) = InProcess.Run(command);
        code.ShouldBe(0, $"{command}: {error}");
        return output + error;
    }

    private static string Fails(string command)
    {
        var (code, _, error) = InProcess.Run(command);
        code.ShouldBeGreaterThan(0, command);
        return error.Trim().Split('\n')[^1];
    }

    [Fact]
    public void A_script_is_trained_resumed_evaluated_embedded_fine_tuned_and_exported_if_it_is_trusted()
    {
        string script = TinyScript.Write(folder.In("tiny.pt")), run = folder.In("run"), stopped = folder.In("stopped");
        string train = $"pretrain --data builtin --limit 64 --arch {script} --epochs 1 --batch-size 16 --image-size 16 --threads 1";
        Fails($"{train} --output {run}").ShouldBe($"simclr: {run} has the encoder of the script {script}. Loading it runs the program in this file. " +
            "If you trust it: --trust-script (in C#: trustScript, or ScriptOptions.Trusted()).");
        Directory.Exists(run).ShouldBeFalse();
        Succeeds($"{train} --output {run} --trust-script").ShouldContain($"script {script}");
        File.Delete(script);
        Directory.Delete(Directory.GetDirectories(Path.Combine(run, "checkpoints")).Order().Last(), recursive: true);

        Fails($"pretrain --output {run} --resume").ShouldContain("--trust-script");
        Succeeds($"pretrain --output {run} --resume --trust-script").ShouldContain("Done: 4 steps");
        Fails($"embed --weights {run} --data builtin --output {folder.In("h.npy")}").ShouldContain("--trust-script");
        Succeeds($"embed --weights {run} --data builtin --output {folder.In("h.npy")} --trust-script");
        Succeeds($"evaluate knn --weights {run} --data builtin --trust-script").ShouldContain("untrained");
        Succeeds($"export --weights {run} --output {folder.In("out.pt")} --trust-script").ShouldContain("h (4)");
        Succeeds($"export --weights {run} --output {folder.In("out.safetensors")} --trust-script");
        Fails($"export --weights {run} --output {folder.In("out.onnx")} --trust-script").ShouldContain("torch.onnx.export");
        Fails($"export --weights {folder.In("out.safetensors")} --output {folder.In("x.pth")} --trust-script").ShouldContain("Put a copy of it beside the weights");
        Succeeds($"embed --weights {folder.In("out.pt")} --data builtin --output {folder.In("g.npy")} --trust-script");
        File.ReadAllBytes(folder.In("g.npy")).ShouldBe(File.ReadAllBytes(folder.In("h.npy")));
        Succeeds($"finetune --weights {run} --data builtin --output {folder.In("tuned")} --epochs 1 --batch-size 32 --no-scratch --trust-script");
        Succeeds($"evaluate knn --weights {folder.In("tuned/classifier.safetensors")} --data builtin --trust-script");
        Succeeds($"pretrain --data builtin --limit 64 --arch {folder.In("out.pt")} --epochs 1 --batch-size 16 --image-size 16 --output {folder.In("next")} --trust-script");
        Succeeds($"pretrain --data builtin --limit 64 --weights {run} --epochs 1 --batch-size 16 --output {folder.In("longer")} --trust-script");
        Succeeds($"report {run} --output {folder.In("report.html")}");
        File.ReadAllText(folder.In("report.html")).ShouldContain("--trust-script");
    }

    [Fact]
    public void Other_files_and_modules_are_refused_in_one_sentence()
    {
        string file = folder.In("tiny.pt"), train = $"pretrain --data builtin --limit 64 --arch {file} --epochs 1 --batch-size 16 --image-size 16 --trust-script --output {folder.In("run")}";
        Fails(train).ShouldBe($"simclr: The encoder's script {file} does not exist.");
        File.WriteAllText(file, "no archive");
        Fails(train).ShouldStartWith($"simclr: {file} is not a TorchScript file: write one in Python");
        TinyScript.Write(file, TinyScript.Forward.Replace("self.training", "False", StringComparison.Ordinal));
        Fails(train).ShouldStartWith($"simclr: The script {file} would train with frozen statistics");
        TinyScript.Write(file, "  def forward(self: __torch__.Tiny, x: Tensor, y: Tensor) -> Tensor:\n    return torch.add(x, y)\n");
        Fails(train).ShouldStartWith($"simclr: The script {file} does not take one tensor alone, the images");
        Fails($"doctor --data builtin --arch {file}").ShouldContain("--trust-script");
        Directory.Exists(folder.In("run/checkpoints")).ShouldBeFalse();
    }
}
