using System.Runtime.InteropServices;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Tests.Runtime;

public sealed class TensorMemoryTests
{
    [Fact]
    public void A_large_tensor_is_counted_while_it_lives()
    {
        Needs.Linux("only there is the memory of tensors our own");
        const long Bytes = 512 << 20; // more than what tests beside this one come and go with
        long before = TensorMemory.Used;
        using (zeros(Bytes / sizeof(float))) (TensorMemory.Used - before).ShouldBeGreaterThan(Bytes / 2);
        (TensorMemory.Used - before).ShouldBeLessThan(Bytes / 2);
    }

    [Fact]
    public void More_than_there_is_ends_in_libtorchs_own_error_and_the_process_goes_on()
    {
        var e = Should.Throw<ExternalException>(() => empty(1L << 60, ScalarType.Int8));
        e.Message.ShouldContain(OperatingSystem.IsWindows() ? "not enough memory" : "can't allocate memory");
        using var after = ones(1 << 20);
        after.sum().item<float>().ShouldBe(1 << 20);
    }

    [Fact]
    public void Threads_make_and_free_tensors_at_once() => Parallel.For(0, 8, thread =>
    {
        for (int i = 0; i < 200; i++)
        {
            using var x = full(20_000 + 1_000 * thread, (float)thread);
            using var y = x + x;
            y.eq(2 * thread).all().item<bool>().ShouldBeTrue();
        }
    });

    [Fact]
    public void A_tensor_made_on_one_thread_may_be_freed_on_another()
    {
        Tensor? made = null;
        var maker = new Thread(() => made = ones(1 << 20));
        maker.Start();
        maker.Join();
        made!.sum().item<float>().ShouldBe(1 << 20);
        made.Dispose();
    }
}
