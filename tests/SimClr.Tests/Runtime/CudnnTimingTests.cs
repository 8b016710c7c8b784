using SimClr.Runtime;
using TorchSharp;

namespace SimClr.Tests.Runtime;

public sealed class CudnnTimingTests
{
    [Fact]
    public void It_is_on_until_the_last_user_ends()
    {
        CudnnTiming.For(torch.CPU).ShouldBeNull();
        bool before = CudnnTiming.IsOn;
        var first = CudnnTiming.Begin();
        var second = CudnnTiming.Begin();
        first.Dispose();
        CudnnTiming.IsOn.ShouldBeTrue();
        second.Dispose();
        CudnnTiming.IsOn.ShouldBe(before);
    }
}
