using System.Text.Json.Nodes;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class DeviceOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private (int ExitCode, string Output, string Error) Train(string output, string rest) =>
        InProcess.Run($"pretrain --data builtin --limit 48 --epochs 3 --image-size 16 --width 0.0625 --batch-size 16 --threads 1 --optimizer sgd --lr 0.01 --output {folder.In(output)} {rest}");

    private List<double> Losses(string run) => [.. File.ReadLines(folder.In(run, "metrics.jsonl")).Select(line => (double)JsonNode.Parse(line)!["loss"]!)];

    [Fact]
    public void Views_rendered_by_tensor_operations_give_the_CPU_loss_curve()
    {
        var (exitCode, _, error) = Train("cpu", "--render-on cpu");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("cpu, fp32, views made on the CPU");
        (exitCode, _, error) = Train("gpu", "--render-on gpu --device cpu");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("views made on cpu from images kept there");
        var (a, b) = (Losses("cpu"), Losses("gpu"));
        a.Count.ShouldBe(9);
        for (int i = 0; i < a.Count; i++) b[i].ShouldBe(a[i], 2e-3);
    }

    [Fact]
    public void The_old_name_of_the_option_is_refused_with_its_new_one()
    {
        var (exitCode, _, error) = Train("old", "--views cpu");
        exitCode.ShouldBe(2);
        error.Trim().ShouldBe("simclr: --views is now called --render-on. See `simclr pretrain --help`.");
    }

    [Fact]
    public void Bfloat16_trains_and_its_run_says_so()
    {
        Train("fp32", "").ExitCode.ShouldBe(0);
        var (exitCode, _, error) = Train("bf16", "--precision bf16");
        exitCode.ShouldBe(0, error);
        File.ReadAllText(folder.In("bf16", "recipe.yaml")).ShouldContain("precision: bf16");
        Losses("bf16")[0].ShouldBe(Losses("fp32")[0], 0.05);
        (exitCode, _, error) = Train("none", "--precision fp8");
        exitCode.ShouldBe(2);
        error.ShouldContain("precision");
        error.ShouldContain("bf16");
    }

    [Fact]
    public void Without_a_GPU_one_sentence_says_why()
    {
        if (SimClr.Runtime.CudaRuntime.Obstacle() is not { } why) return; // there is one
        var (exitCode, _, error) = Train("none", "--device cuda");
        exitCode.ShouldBe(2);
        error.Trim().ShouldBe($"simclr: --device cuda: {why}. --device cpu needs no GPU.");
        Train("none", "--device cuda:x").Error.ShouldContain("--device takes auto, cpu, cuda or cuda:N, not 'cuda:x'");
    }
}
