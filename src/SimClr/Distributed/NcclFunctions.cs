using System.Runtime.InteropServices;
using SimClr.Runtime;

namespace SimClr.Distributed;

/// <summary>
/// The NCCL functions in use, as nccl.h declares them. A result of 0 means success. Types and operations are NCCL's numbers.
/// </summary>
internal sealed record NcclFunctions
{
    public delegate int UniqueId(out NcclId id);

    public delegate int InitRank(out nint communicator, int ranks, NcclId id, int rank);

    public delegate int Reduce(nint from, nint to, nuint count, int type, int operation, nint communicator, nint stream);

    public delegate int Gather(nint from, nint to, nuint count, int type, nint communicator, nint stream);

    public delegate int Spread(nint from, nint to, nuint count, int type, int root, nint communicator, nint stream);

    public delegate int Release(nint communicator);

    public delegate nint ErrorText(int result);

    public required UniqueId GetUniqueId { get; init; }

    public required InitRank CommInitRank { get; init; }

    public required Reduce AllReduce { get; init; }

    public required Reduce ReduceScatter { get; init; }

    public required Gather AllGather { get; init; }

    public required Spread Broadcast { get; init; }

    public required Release CommDestroy { get; init; }

    public required ErrorText GetErrorString { get; init; }

    /// <summary>Loads the functions from the system's NCCL, or from libtorch's CUDA build.</summary>
    /// <exception cref="PlatformNotSupportedException">There is no NCCL.</exception>
    public static NcclFunctions Load()
    {
        var names = HostProcess.Current.NcclLibraries;
        nint library = names.Append("torch_cuda")
            .Select(name => NativeLibrary.TryLoad(name, typeof(NcclFunctions).Assembly, null, out nint found)
            && NativeLibrary.TryGetExport(found, "ncclGetUniqueId", out _) ? found : 0).FirstOrDefault(found => found != 0);
        if (library == 0) throw new PlatformNotSupportedException(
            names.Count == 0 ? "There is no NCCL for this system, and ranks with a GPU each need it: one process with one GPU works."
                : $"No NCCL on this system: none of {string.Join(", ", names)} can be loaded. Ranks with a GPU each need it.");
        return new NcclFunctions
        {
            GetUniqueId = Function<UniqueId>("ncclGetUniqueId"),
            CommInitRank = Function<InitRank>("ncclCommInitRank"),
            AllReduce = Function<Reduce>("ncclAllReduce"),
            ReduceScatter = Function<Reduce>("ncclReduceScatter"),
            AllGather = Function<Gather>("ncclAllGather"),
            Broadcast = Function<Spread>("ncclBroadcast"),
            CommDestroy = Function<Release>("ncclCommDestroy"),
            GetErrorString = Function<ErrorText>("ncclGetErrorString"),
        };

        T Function<T>(string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));
    }
}
