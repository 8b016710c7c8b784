using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>
/// Ranks with one GPU each: NCCL for tensors on the GPU, MPI for tensors in host memory. A collective on the GPU is an operation on
/// libtorch's current stream. It begins after earlier operations, and later ones see its result. The host does not wait.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed class NcclCommunicator : ICommunicator
{
    private const int Sum = 0; // ncclSum

    private readonly ICommunicator memory;
    private readonly NcclFunctions nccl;
    private readonly Func<Tensor, bool> isOnGpu;
    private readonly Func<nint> stream;
    private readonly Action<Action> onDevice;
    private readonly bool isGroup;
    private readonly nint handle;

    /// <summary>
    /// Connects the GPUs of the ranks; a collective operation. <paramref name="memory"/> sends the id from rank 0 to the others.
    /// </summary>
    /// <param name="memory">The ranks; borrowed.</param>
    /// <param name="device">The index of this rank's GPU.</param>
    /// <exception cref="PlatformNotSupportedException">There is no NCCL.</exception>
    /// <exception cref="IOException">NCCL fails; the message includes NCCL's text.</exception>
    public NcclCommunicator(ICommunicator memory, int device)
        : this(memory, NcclFunctions.Load(), tensor => tensor.device_type == DeviceType.CUDA && tensor.device_index == device,
            () => CudaStream.Current(device), connect => CudaStream.OnDevice(device, connect))
    {
    }

    internal NcclCommunicator(ICommunicator memory, NcclFunctions nccl, Func<Tensor, bool> isOnGpu, Func<nint> stream,
        Action<Action> onDevice, bool isGroup = false)
    {
        (this.memory, this.nccl, this.isOnGpu, this.stream, this.onDevice, this.isGroup) =
            (memory, nccl, isOnGpu, stream, onDevice, isGroup);
        var id = new NcclId();
        if (Rank == 0) Check(nccl.GetUniqueId(out id));
        using var bytes = tensor(NcclId.BytesOf(ref id).ToArray());
        memory.Broadcast(bytes);
        bytes.bytes.CopyTo(NcclId.BytesOf(ref id));
        nint connected = 0;
        onDevice(() => Check(nccl.CommInitRank(out connected, Size, id, Rank)));
        handle = connected;
    }

    /// <inheritdoc/>
    public int Rank => memory.Rank;

    /// <inheritdoc/>
    public int Size => memory.Size;

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor)
    {
        if (IsInMemory(tensor))
        {
            memory.AllReduce(tensor);
            return;
        }
        var message = CollectiveBuffer.Of(tensor);
        Check(nccl.AllReduce(message.Address, message.Address, (nuint)message.Count, TypeOf(message), Sum, handle, stream()));
        GC.KeepAlive(tensor);
    }

    /// <inheritdoc/>
    public Tensor AllGather(Tensor tensor)
    {
        if (IsInMemory(tensor)) return memory.AllGather(tensor);
        var own = CollectiveBuffer.Of(tensor);
        var all = empty([Size, .. tensor.shape], tensor.dtype, tensor.device);
        Check(nccl.AllGather(own.Address, CollectiveBuffer.Of(all).Address, (nuint)own.Count, TypeOf(own), handle, stream()));
        GC.KeepAlive(tensor);
        return all;
    }

    /// <inheritdoc/>
    public Tensor ReduceScatter(Tensor tensor)
    {
        if (IsInMemory(tensor)) return memory.ReduceScatter(tensor);
        var all = CollectiveBuffer.InParts(tensor, Size);
        var own = empty(tensor.shape[1..], tensor.dtype, tensor.device);
        Check(nccl.ReduceScatter(
            all.Address, CollectiveBuffer.Of(own).Address, (nuint)(all.Count / Size), TypeOf(all), Sum, handle, stream()));
        GC.KeepAlive(tensor);
        return own;
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root = 0)
    {
        if (IsInMemory(tensor))
        {
            memory.Broadcast(tensor, root);
            return;
        }
        var message = CollectiveBuffer.Of(tensor);
        Check(nccl.Broadcast(message.Address, message.Address, (nuint)message.Count, TypeOf(message), root, handle, stream()));
        GC.KeepAlive(tensor);
    }

    /// <inheritdoc/>
    public void Barrier() => memory.Barrier();

    /// <inheritdoc/>
    public ICommunicator Group(int size) => new NcclCommunicator(memory.Group(size), nccl, isOnGpu, stream, onDevice, isGroup: true);

    /// <summary>Disconnects the GPUs.</summary>
    public void Dispose()
    {
        _ = nccl.CommDestroy(handle); // its failure would hide the error that ends the run
        if (isGroup) memory.Dispose();
    }

    private static int TypeOf(CollectiveBuffer message) => message.Type switch
    {
        ScalarType.Byte => 1,       // ncclUint8
        ScalarType.Int64 => 4,      // ncclInt64
        ScalarType.Float32 => 7,    // ncclFloat32
        _ => 8,                     // ncclFloat64
    };

    private bool IsInMemory(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (isOnGpu(tensor)) return false;
        return tensor.device_type == DeviceType.CPU ? true
            : throw new ArgumentException($"The tensor is on {tensor.device}, which is not this rank's GPU.", nameof(tensor));
    }

    private void Check(int result)
    {
        if (result != 0) throw new IOException($"NCCL: {Marshal.PtrToStringUTF8(nccl.GetErrorString(result)) ?? $"error {result}"}.");
    }
}
