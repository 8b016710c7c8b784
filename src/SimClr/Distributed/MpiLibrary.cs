using System.Runtime.InteropServices;
using System.Text;
using SimClr.IO;
using SimClr.Runtime;

namespace SimClr.Distributed;

/// <summary>
/// The system's MPI library: its functions and handles. Open MPI's handles are addresses of exported objects. MPICH's (and Intel MPI's and
/// MVAPICH's) are 32-bit numbers. Both fit into a register; the callee uses the part that it needs.
/// Microsoft's are MPICH's; its <c>long</c> has four bytes, so 64-bit numbers are <c>long long</c>.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    private const int LongestVersion = 8192; // MPICH's MPI_MAX_LIBRARY_VERSION_STRING; Open MPI's is 256

    private readonly nint library;

    private MpiLibrary(nint library)
    {
        this.library = library;
        Version = ReadVersion();
        bool microsoft = Version.Contains("Microsoft MPI", StringComparison.Ordinal);
        bool open = Version.Contains("Open MPI", StringComparison.Ordinal);
        if (!open && !Version.Contains("MPICH", StringComparison.Ordinal) && !Version.Contains("Intel(R) MPI", StringComparison.Ordinal)
            && !Version.Contains("MVAPICH", StringComparison.Ordinal) && !microsoft)
            throw new PlatformNotSupportedException($"This MPI is neither Open MPI nor of MPICH's family: {Version}.");
        nint Handle(string name, nint number) => open ? NativeLibrary.GetExport(library, name) : number;
        World = Handle("ompi_mpi_comm_world", 0x44000000);
        Sum = Handle("ompi_mpi_op_sum", 0x58000003);
        Float32 = Handle("ompi_mpi_float", 0x4c00040a);
        Float64 = Handle("ompi_mpi_double", 0x4c00080b);
        Int64 = Handle("ompi_mpi_long", microsoft ? 0x4c000809 : 0x4c000807);
        Byte = Handle("ompi_mpi_byte", 0x4c00010d);
        InPlace = open ? 1 : -1;
    }

    /// <summary>The version that the library reports, on one line.</summary>
    public string Version { get; }

    public nint World { get; }

    public nint Sum { get; }

    public nint Float32 { get; }

    public nint Float64 { get; }

    public nint Int64 { get; }

    public nint Byte { get; }

    public nint InPlace { get; }

    /// <summary>Loads the library; its symbols stay local.</summary>
    /// <param name="mpichFirst">Whether MPICH is preferred if both families are installed.</param>
    /// <exception cref="PlatformNotSupportedException">There is no MPI library, or its handles are not known.</exception>
    public static MpiLibrary Load(bool mpichFirst)
    {
        var names = HostProcess.Current.MpiLibraries;
        foreach (string name in mpichFirst ? names.Reverse() : names)
        {
            if (HostFiles.Current.TryLoadLibrary(name, out nint library)) return new(library);
        }
        throw new PlatformNotSupportedException(
            $"No MPI on this system: none of {string.Join(", ", names)} can be loaded. {HostProcess.Current.MpiAdvice}");
    }

    public void Initialize()
    {
        const int Serialized = 2; // MPI_THREAD_SERIALIZED: any thread, one at a time
        int provided;
        Check(((delegate* unmanaged<void*, void*, int, int*, int>)Function("MPI_Init_thread"))(null, null, Serialized, &provided),
            "MPI_Init_thread");
        if (provided < Serialized)
            throw new PlatformNotSupportedException($"This MPI was built without threads (MPI_THREAD_SERIALIZED): {Version}.");
    }

    public int Size(nint communicator) => Number("MPI_Comm_size", communicator);

    public int Rank(nint communicator) => Number("MPI_Comm_rank", communicator);

    public void AllReduce(nint from, nint to, int count, nint type, nint communicator) =>
        Check(((delegate* unmanaged<nint, nint, int, nint, nint, nint, int>)Function("MPI_Allreduce"))(from, to, count, type, Sum,
            communicator), "MPI_Allreduce");

    public void AllGather(nint from, nint to, int count, nint type, nint communicator) =>
        Check(((delegate* unmanaged<nint, int, nint, nint, int, nint, nint, int>)Function("MPI_Allgather"))(from, count, type, to,
            count, type, communicator), "MPI_Allgather");

    public void ReduceScatter(nint from, nint to, int count, nint type, nint communicator) =>
        Check(((delegate* unmanaged<nint, nint, int, nint, nint, nint, int>)Function("MPI_Reduce_scatter_block"))(from, to, count,
            type, Sum, communicator), "MPI_Reduce_scatter_block");

    public void Broadcast(nint buffer, int count, nint type, int root, nint communicator) =>
        Check(((delegate* unmanaged<nint, int, nint, int, nint, int>)Function("MPI_Bcast"))(buffer, count, type, root, communicator),
            "MPI_Bcast");

    public void Barrier(nint communicator) => Check(((delegate* unmanaged<nint, int>)Function("MPI_Barrier"))(communicator), "MPI_Barrier");

    public nint Split(nint communicator, int color, int key)
    {
        nint part = 0; // MPICH writes only the lower half
        Check(((delegate* unmanaged<nint, int, int, nint*, int>)Function("MPI_Comm_split"))(communicator, color, key, &part),
            "MPI_Comm_split");
        return part;
    }

    public void Free(nint communicator) =>
        Check(((delegate* unmanaged<nint*, int>)Function("MPI_Comm_free"))(&communicator), "MPI_Comm_free");

    public void Abort(nint communicator, int code) => _ = ((delegate* unmanaged<nint, int, int>)Function("MPI_Abort"))(communicator, code);

    public void EndAll() => Check(((delegate* unmanaged<int>)Function("MPI_Finalize"))(), "MPI_Finalize");

    private string ReadVersion()
    {
        byte* text = stackalloc byte[LongestVersion];
        int length = 0;
        Check(((delegate* unmanaged<byte*, int*, int>)Function("MPI_Get_library_version"))(text, &length), "MPI_Get_library_version");
        return Encoding.UTF8.GetString(text, length).Split('\n', '\0')[0].Trim();
    }

    private int Number(string function, nint communicator)
    {
        int number;
        Check(((delegate* unmanaged<nint, int*, int>)Function(function))(communicator, &number), function);
        return number;
    }

    private nint Function(string name) => NativeLibrary.GetExport(library, name);

    // On most errors MPI itself ends the job.
    private static void Check(int code, string function)
    {
        if (code != 0) throw new IOException($"MPI: {function} failed with code {code}.");
    }
}
