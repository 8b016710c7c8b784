using SimClr.Distributed;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Tests.Distributed;

public sealed class SingleProcessCommunicatorTests
{
    [Fact]
    public void A_single_rank_gets_copies_of_its_own_tensors()
    {
        LibTorch.Load();
        using var scope = NewDisposeScope();
        using var one = new SingleProcessCommunicator();
        var x = arange(6, dtype: ScalarType.Float32).reshape(1, 6);
        one.AllReduce(x);
        var (all, part) = (one.AllGather(x), one.ReduceScatter(x));
        x.fill_(-1);
        all.shape.ShouldBe([1, 1, 6]);
        all.data<float>().ToArray().ShouldBe([0, 1, 2, 3, 4, 5]);
        part.shape.ShouldBe([6]);
        part.data<float>().ToArray().ShouldBe([0, 1, 2, 3, 4, 5]);
        one.AllGather("ä\n").ShouldBe(["ä\n"]);
        one.FromFirst("").ShouldBe("");
    }

    [Fact]
    public void Tensors_that_cannot_be_sent_are_refused()
    {
        LibTorch.Load();
        using var scope = NewDisposeScope();
        using var one = new SingleProcessCommunicator();
        Should.Throw<ArgumentException>(() => one.AllReduce(zeros(3, 4).t())).Message.ShouldContain("(4, 3) Float32, not contiguous");
        Should.Throw<ArgumentException>(() => one.Broadcast(zeros(3, ScalarType.Int16))).Message.ShouldContain("(3) Int16");
        Should.Throw<ArgumentException>(() => one.ReduceScatter(zeros(2, 4))).Message.ShouldContain("A part for each of 1 ranks");
        Should.Throw<ArgumentException>(() => one.Group(2)).Message.ShouldContain("groups of 2");
    }
}
