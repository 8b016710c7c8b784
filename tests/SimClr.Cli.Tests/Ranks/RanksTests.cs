using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;
using SkiaSharp;

namespace SimClr.Cli.Tests.Ranks;

[Trait("Duration", "Long")]
public sealed partial class RanksTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Pretrain(string output, string rest = "", int epochs = 6) =>
        $"pretrain --recipe library --data builtin --limit 64 --epochs {epochs} --save-every 2 --image-size 16 --width 0.0625 --batch-size 16 --threads 1 --output {folder.In(output)} {rest}";

    private static void ShouldBeWithin(JsonNode deviations, double tolerance)
    {
        foreach (string what in (string[])["loss", "gradients", "weights"]) ((double)deviations[what]!).ShouldBeLessThanOrEqualTo(tolerance, what);
    }

    [Theory]
    [InlineData(2, "--micro-batch-size 8 --set loss=decoupled --set small-crops.count=1")]
    [InlineData(2, "--micro-batch-size 8 --set positives=custom --set small-crops.count=2")]
    [InlineData(4, "")]
    [InlineData(2, "--freeze stem,layer2 --layer-decay 0.5")]
    public void Several_ranks_compute_the_same_as_one(int ranks, string rest)
    {
        Mpirun.Require();
        var (exitCode, output, error) = Mpirun.Run(ranks, $"selftest --ranks --json --width 0.0625 {rest}");
        exitCode.ShouldBe(0, error);
        var said = JsonNode.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..])!;
        ((int)said["ranks"]!).ShouldBe(ranks);
        ((bool)said["collectives"]!).ShouldBeTrue();
        ShouldBeWithin(said["float64"]!, 1e-10);
        ShouldBeWithin(said["float32"]!, 1e-4);
    }

    [Fact]
    public void Ranks_on_two_hosts_compute_the_same_over_the_network()
    {
        Mpirun.Require();
        using var hosts = new NamespaceHosts();
        var (exitCode, output, error) = Mpirun.Run(hosts, "selftest --ranks --width 0.0625");
        exitCode.ShouldBe(0, error);
        output.ShouldContain("2 ranks on 2 hosts");
        output.ShouldNotContain("NOT within");

        var (uneven, _, sentence) = Mpirun.Run(hosts, Pretrain("run", "--set batch-norm-ranks=3"));
        uneven.ShouldNotBe(0);
        sentence.ShouldContain("2 ranks cannot be cut into groups of 3");
    }

    [Fact]
    public void A_difference_or_failure_is_reported_with_the_rank_and_its_host()
    {
        Mpirun.Require();
        string host = Environment.MachineName;

        var (options, _, told) = Mpirun.Run(Mpirun.Ranks(2, Pretrain("run")), Mpirun.Ranks(1, Pretrain("run", "--temperature 0.1")));
        options.ShouldNotBe(0);
        told.ShouldContain($"The ranks have different recipes or options: rank 0 of 3 on {host} '', rank 2 of 3 on {host} 'temperature: 0.1'.");

        var (data, _, named) = Mpirun.Run(Mpirun.Ranks(1, Pretrain("run")), Mpirun.Ranks(1, Pretrain("run").Replace("--limit 64", "--limit 48", StringComparison.Ordinal)));
        data.ShouldNotBe(0);
        named.ShouldContain($"The ranks have different data: rank 0 of 2 on {host} '64 images', rank 1 of 2 on {host} '48 images'.");

        var (missing, _, reason) = Mpirun.Run(Mpirun.Ranks(1, Pretrain("run")), Mpirun.Ranks(1, Pretrain("run").Replace("--data builtin", "--data /nowhere", StringComparison.Ordinal)));
        missing.ShouldNotBe(0);
        reason.ShouldContain($"simclr: rank 1 of 2 on {host}: /nowhere does not exist");

        var (uneven, _, sentence) = Mpirun.Run(3, Pretrain("run"));
        uneven.ShouldNotBe(0);
        sentence.ShouldContain("simclr: A batch of 16 images does not divide among 3 ranks: take a multiple of 3, or another number of ranks.");
        sentence.Split("does not divide").Length.ShouldBe(2, sentence); // told once
        Directory.Exists(folder.In("run")).ShouldBeFalse();
    }

    [Fact]
    public void Embeddings_and_neighbours_equal_those_of_one_rank()
    {
        Mpirun.Require();
        Simclr.Run(Pretrain("run", epochs: 1)).ExitCode.ShouldBe(0);
        string data = Colours(700); // three batches, one per rank; the last one is incomplete
        string embed = $"embed --weights {folder.In("run")} --data {data} --threads 1 --quiet --output", evaluate = $"evaluate knn --weights {folder.In("run")} --data {data} --threads 1 --json --quiet";
        Simclr.Run($"{embed} {folder.In("one.npy")}").ExitCode.ShouldBe(0);
        var (embedded, _, error) = Mpirun.Run(3, $"{embed} {folder.In("three.npy")}");
        embedded.ShouldBe(0, error);
        File.ReadAllBytes(folder.In("three.npy")).ShouldBe(File.ReadAllBytes(folder.In("one.npy")));

        var (_, one, _) = Simclr.Run(evaluate);
        var (evaluated, three, said) = Mpirun.Run(3, evaluate);
        evaluated.ShouldBe(0, said);
        three[three.IndexOf('{', StringComparison.Ordinal)..].ShouldBe(one[one.IndexOf('{', StringComparison.Ordinal)..]);
    }

    private string Colours(int count)
    {
        var random = new Random(1);
        using var bitmap = new SKBitmap(8, 8);
        for (int i = 0; i < count; i++)
        {
            bitmap.Erase(new SKColor((byte)random.Next(256), (byte)(i % 2 * 128), (byte)random.Next(256)));
            Directory.CreateDirectory(folder.In("colours", $"class{i % 2}"));
            using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(folder.In("colours", $"class{i % 2}", $"{i}.png"), png.ToArray());
        }
        return folder.In("colours");
    }
}
