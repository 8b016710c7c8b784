using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

/// <summary>A run in a process whose malloc is another one than glibc's (LD_PRELOAD).</summary>
[Trait("Duration", "Long")]
public sealed class PreloadedAllocatorTests
{
    private static readonly string? Jemalloc =
        ((string[])["/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "/usr/lib/aarch64-linux-gnu/libjemalloc.so.2"]).FirstOrDefault(File.Exists);

    [Theory]
    [InlineData("own")] // of any value but system
    [InlineData("system")]
    public void A_run_under_jemalloc_ends_with_the_same_bytes(string tensorMemory)
    {
        Needs.Linux("LD_PRELOAD is of its loader");
        Assert.SkipWhen(Jemalloc is null, "needs libjemalloc2");
        using var folder = new TemporaryFolder();
        byte[] Weights(string name, params (string Name, string Value)[] environment)
        {
            string run = Path.Combine(folder.Path, name);
            var (exitCode, _, error) = Simclr.Run($"pretrain --data builtin --limit 64 --epochs 2 --batch-size 16 --image-size 32 --width 0.25 --threads 1 --output {run}",
                [("SIMCLR_TENSOR_MEMORY", tensorMemory), .. environment]);
            exitCode.ShouldBe(0, error);
            error.Contains("jemalloc statistics", StringComparison.Ordinal).ShouldBe(environment.Length > 0); // it served this process
            return File.ReadAllBytes(Path.Combine(run, "checkpoints", "step-000008", "model.safetensors"));
        }

        byte[] expected = Weights("glibc"), actual = Weights("jemalloc", ("LD_PRELOAD", Jemalloc!), ("MALLOC_CONF", "stats_print:true"));
        actual.AsSpan().SequenceEqual(expected).ShouldBeTrue();
    }
}
