using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Runtime;

public sealed partial class ScalarMemoryTests
{
    [Fact]
    public void The_native_memory_of_a_number_outlives_its_object()
    {
        NeedsDelay();
        Scalar number = 1.5;
        nint native = (nint)typeof(Scalar).GetProperty("Handle", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(number)!;
        number.Dispose();
        for (int i = 0; i < 1000; i++) ((Scalar)(double)i).Dispose(); // a C library hands freed memory out again at once
        ValueOf(native).ShouldBe(1.5);
    }

    [Fact]
    public void A_number_may_be_collected_while_libtorch_reads_it()
    {
        NeedsDelay();
        using var x = zeros(64, ScalarType.Float64);
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var collector = new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.IsBackground = true;
        collector.Start();
        long wrong = 0;
        Parallel.For(0, 3, thread =>
        {
            while (!end.IsCancellationRequested)
            {
                using var y = x + 1.5;
                using var first = y[0];
                if (first.item<double>() != 1.5) Interlocked.Increment(ref wrong);
            }
        });
        collector.Join();
        wrong.ShouldBe(0);
    }

    private static void NeedsDelay() => Assert.SkipWhen(OperatingSystem.IsMacOS(), "needs Linux or Windows: nothing delays it on macOS");

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTorch_scalar_to_float64")]
    private static partial double ValueOf(nint scalar);
}
