using System.Runtime.InteropServices;
using SimClr.Distributed;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Tests.Distributed;

/// <summary>
/// Tests the calls to NCCL without a GPU: a function table that records its arguments. Main memory stands for GPU memory.
/// </summary>
public sealed class NcclCommunicatorTests
{
    private readonly List<string> calls = [];
    private nint stream = 70;

    private NcclFunctions Functions => new()
    {
        GetUniqueId = (out NcclId id) =>
        {
            id = new();
            NcclId.BytesOf(ref id).Fill(3);
            calls.Add("id");
            return 0;
        },
        CommInitRank = (out nint communicator, int ranks, NcclId id, int rank) =>
        {
            communicator = 900 + ranks;
            calls.Add($"init {rank} of {ranks} by {string.Join(',', NcclId.BytesOf(ref id).ToArray().Distinct())} × {NcclId.BytesOf(ref id).Length}");
            return 0;
        },
        AllReduce = (from, to, count, type, operation, communicator, on) => Write($"all-reduce {Same(from, to)} {count} type {type} operation {operation} {communicator} stream {on}"),
        ReduceScatter = (from, to, count, type, operation, communicator, on) => Write($"reduce-scatter {Same(from, to)} {count} type {type} operation {operation} {communicator} stream {on}"),
        AllGather = (from, to, count, type, communicator, on) => Write($"all-gather {Same(from, to)} {count} type {type} {communicator} stream {on}"),
        Broadcast = (from, to, count, type, root, communicator, on) => Write($"broadcast {Same(from, to)} {count} type {type} from {root} {communicator} stream {on}"),
        CommDestroy = communicator => Write($"destroy {communicator}"),
        GetErrorString = result => Marshal.StringToCoTaskMemUTF8($"words for {result}"),
    };

    private int Write(string call)
    {
        calls.Add(call);
        return 0;
    }

    private static string Same(nint from, nint to) => from == to ? "in place" : "elsewhere";

    private NcclCommunicator Connect(ICommunicator memory, NcclFunctions? functions = null) => new(memory, functions ?? Functions, _ => true, () => stream, connect =>
    {
        calls.Add("on the device:");
        connect();
    });

    [Fact]
    public void Every_collective_is_one_call_with_count_and_type_on_the_current_stream()
    {
        LibTorch.Load();
        using var scope = NewDisposeScope();
        var ranks = Connect(new SecondOfTwo());
        ranks.AllReduce(zeros(5));
        stream = 71; // libtorch's function table has changed
        ranks.AllReduce(zeros(6, ScalarType.Float64));
        ranks.AllGather(zeros([2, 3], ScalarType.Int64)).shape.ShouldBe([2, 2, 3]);
        ranks.ReduceScatter(zeros(2, 7)).shape.ShouldBe([7]);
        ranks.Broadcast(zeros(4, ScalarType.Byte), root: 1);
        ranks.Dispose();

        calls.ShouldBe([
            "on the device:",
            "init 1 of 2 by 9 × 128", // rank 0's id, as passed through the shared memory of the ranks
            "all-reduce in place 5 type 7 operation 0 902 stream 70",
            "all-reduce in place 6 type 8 operation 0 902 stream 71",
            "all-gather elsewhere 6 type 4 902 stream 71",
            "reduce-scatter elsewhere 7 type 7 operation 0 902 stream 71",
            "broadcast in place 4 type 1 from 1 902 stream 71",
            "destroy 902",
        ]);
    }

    [Fact]
    public void Rank_0_makes_the_id_and_a_group_connects_and_disconnects_separately()
    {
        LibTorch.Load();
        using (var ranks = Connect(new SingleProcessCommunicator()))
        {
            using var group = ranks.Group(1);
        }
        calls.ShouldBe(["id", "on the device:", "init 0 of 1 by 3 × 128", "id", "on the device:", "init 0 of 1 by 3 × 128", "destroy 901", "destroy 901"]);
    }

    [Fact]
    public void NCCLs_error_text_is_in_the_message()
    {
        LibTorch.Load();
        using var ranks = Connect(new SingleProcessCommunicator(), Functions with { AllReduce = (_, _, _, _, _, _, _) => 5 });
        using var tensor = zeros(3);
        Should.Throw<IOException>(() => ranks.AllReduce(tensor)).Message.ShouldBe("NCCL: words for 5.");
    }

    // Receives an id of nines from rank 0.
    private sealed class SecondOfTwo : ICommunicator
    {
        public int Rank => 1;

        public int Size => 2;

        public void Broadcast(Tensor tensor, int root = 0) => tensor.fill_(9);

        public void AllReduce(Tensor tensor) => throw new NotSupportedException();

        public Tensor AllGather(Tensor tensor) => throw new NotSupportedException();

        public Tensor ReduceScatter(Tensor tensor) => throw new NotSupportedException();

        public void Barrier() => throw new NotSupportedException();

        public ICommunicator Group(int size) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
