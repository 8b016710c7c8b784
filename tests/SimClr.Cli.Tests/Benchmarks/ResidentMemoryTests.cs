using SimClr.Cli.Benchmarks;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Benchmarks;

/// <summary>Runs alone, because it measures the memory of the process.</summary>
[Collection(InProcess.Name)]
public sealed class ResidentMemoryTests
{
    [Fact]
    public void Measured_memory_is_the_increase_that_was_touched()
    {
        byte[] before = new byte[40_000_000];
        before.AsSpan().Fill(1);
        var memory = ResidentMemory.Watch();
        Assert.SkipWhen(memory.PeakMB is null, "this system does not let a process reset its peak of resident memory");
        Touch();
        GC.KeepAlive(before);
        memory.PeakMB!.Value.ShouldBeInRange(100, 135);

        static void Touch()
        {
            // slightly more than asserted: the kernel updates resident pages late, up to 64 per thread (proc(5): "inaccurate")
            byte[] much = new byte[101_000_000];
            much.AsSpan().Fill(1);
            GC.KeepAlive(much);
        }
    }
}
