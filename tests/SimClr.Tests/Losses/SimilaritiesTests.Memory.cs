using System.Runtime.InteropServices;
using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

public sealed partial class SimilaritiesTests
{
    [Fact]
    public void Memory_grows_with_the_rows_and_not_with_their_square()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6, CPU);
        var z = randn(16384, 16, generator: generator); // S would be 1 GB, the gradient is 1 MB
        long before = Peak();
        if (before < 0) Assert.Skip("The kernel does not let a process forget its peak.");
        new NtXentLoss(0.2).Compute(z).Dispose();
        (Peak(reset: false) - before).ShouldBeLessThan(64L << 20);
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void Neither_pass_by_tensor_operations_keeps_its_tiles()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6, CPU);
        var u = nn.functional.normalize(randn(8192, 16, ScalarType.Float64, generator: generator)); // S would be 512 MB, a tile is 16 MB
        using var similarities = new TensorSimilarities(u, new AnchorRows(0, 4096, 4096), 0.2, decoupled: false);
        double[] logSums = new double[8192];
        MostInUse(() => similarities.LogSums(logSums)).ShouldBeLessThan(256L << 20);
        MostInUse(() => similarities.Gradient(logSums)).ShouldBeLessThan(256L << 20);
    }

    // The memory that the C library has handed out, in bytes above the initial value, sampled by another thread. Freed memory that the
    // library keeps does not count.
    private static long MostInUse(Action action)
    {
        long before = InUse(), most = before;
        using var done = new CancellationTokenSource();
        var watcher = new Thread(() =>
        {
            while (!done.IsCancellationRequested) most = Math.Max(most, InUse());
        });
        watcher.Start();
        action();
        done.Cancel();
        watcher.Join();
        return most - before;
    }

    private static long InUse()
    {
        var info = AllocatorInfo();
        return (long)(info.InMappedBlocks + info.InUse);
    }

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial MallInfo AllocatorInfo();

    // struct mallinfo2 of malloc.h.
    [StructLayout(LayoutKind.Sequential)]
    private struct MallInfo
    {
        public nuint Arena, FreeBlocks, FastBlocks, MappedBlocks, InMappedBlocks, Unused, InFastBlocks, InUse, Free, Releasable;
    }

    // The peak resident size in bytes since the last reset.
    private static long Peak(bool reset = true)
    {
        try
        {
            if (reset) File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -1;
        }
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split([':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
    }
}
