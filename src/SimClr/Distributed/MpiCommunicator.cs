using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>Collectives over MPI, of tensors on the CPU.</summary>
/// <remarks>One thread at a time.</remarks>
public sealed class MpiCommunicator : ICommunicator
{
    private readonly MpiLibrary mpi;
    private readonly nint handle;

    internal MpiCommunicator(MpiLibrary mpi, nint handle) =>
        (this.mpi, this.handle, Rank, Size) = (mpi, handle, mpi.Rank(handle), mpi.Size(handle));

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor)
    {
        var message = InMemory(tensor);
        mpi.AllReduce(mpi.InPlace, message.Address, message.Count, TypeOf(message, adds: true), handle);
        GC.KeepAlive(tensor);
    }

    /// <inheritdoc/>
    public Tensor AllGather(Tensor tensor)
    {
        var own = InMemory(tensor);
        var all = empty([Size, .. tensor.shape], tensor.dtype);
        mpi.AllGather(own.Address, CollectiveBuffer.Of(all).Address, own.Count, TypeOf(own), handle);
        GC.KeepAlive(tensor);
        return all;
    }

    /// <inheritdoc/>
    public Tensor ReduceScatter(Tensor tensor)
    {
        var all = CollectiveBuffer.InParts(tensor, Size);
        _ = InMemory(tensor);
        var own = empty(tensor.shape[1..], tensor.dtype);
        mpi.ReduceScatter(all.Address, CollectiveBuffer.Of(own).Address, all.Count / Size, TypeOf(all, adds: true), handle);
        GC.KeepAlive(tensor);
        return own;
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root = 0)
    {
        var message = InMemory(tensor);
        mpi.Broadcast(message.Address, message.Count, TypeOf(message), root, handle);
        GC.KeepAlive(tensor);
    }

    /// <inheritdoc/>
    public void Barrier() => mpi.Barrier(handle);

    /// <inheritdoc/>
    public ICommunicator Group(int size) => Part(size);

    internal MpiCommunicator Part(int size)
    {
        CollectiveBuffer.RequireGroups(Size, size);
        return new MpiCommunicator(mpi, mpi.Split(handle, Rank / size, Rank));
    }

    /// <summary>Frees a group. <see cref="MpiWorld"/> frees the communicator of all ranks.</summary>
    public void Dispose()
    {
        if (handle != mpi.World) mpi.Free(handle);
    }

    private static CollectiveBuffer InMemory(Tensor tensor)
    {
        var message = CollectiveBuffer.Of(tensor);
        return tensor.device_type == DeviceType.CPU ? message
            : throw new ArgumentException($"MPI takes tensors in the CPU's memory; this one is on {tensor.device}.", nameof(tensor));
    }

    private nint TypeOf(CollectiveBuffer message, bool adds = false) => message.Type switch
    {
        ScalarType.Float32 => mpi.Float32,
        ScalarType.Float64 => mpi.Float64,
        ScalarType.Int64 => mpi.Int64,
        _ => adds ? throw new ArgumentException("Bytes are exchanged, and not added.", nameof(message)) : mpi.Byte,
    };
}
