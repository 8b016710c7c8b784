using SimClr.Cli.Benchmarks;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Benchmarks;

/// <summary>Alone: the memory is the process's.</summary>
[Collection(InProcess.Name)]
public sealed class ResidentMemoryTests
{
    [Fact]
    public void Memory_is_what_is_touched_above_what_was_there()
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
            byte[] much = new byte[101_000_000]; // a little more than is asked for: the kernel counts resident pages late, 64 of each thread may be missing (proc(5): "inaccurate")
            much.AsSpan().Fill(1);
            GC.KeepAlive(much);
        }
    }
}
