using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Tests.Runtime;

public sealed class TorchCpuTests : IDisposable
{
    private readonly Threads threads = new(2);

    public void Dispose() => threads.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void Every_index_is_visited_once(int count)
    {
        int[] seen = new int[count];
        TorchCpu.For(count, i => Interlocked.Increment(ref seen[i]));
        seen.ShouldAllBe(n => n == 1);
    }

    [Fact]
    public void An_exception_reaches_the_caller()
    {
        int others = 0;
        Should.Throw<InvalidDataException>(() => TorchCpu.For(8, i =>
        {
            if (i == 7) throw new InvalidDataException();
            Interlocked.Increment(ref others);
        }));
        others.ShouldBe(7);
    }

    [Fact]
    public void A_tensor_owns_its_memory()
    {
        using var x = arange(6, ScalarType.Float32);
        unsafe
        {
            TorchCpu.Floats(x)[4].ShouldBe(4);
        }
        using var whole = arange(6, ScalarType.Int64);
        Should.Throw<ArgumentException>(() => Floats(whole)).Message.ShouldContain("Int64");

        static unsafe void Floats(Tensor t) => TorchCpu.Floats(t);
    }
}
