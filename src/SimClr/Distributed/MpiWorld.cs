namespace SimClr.Distributed;

/// <summary>
/// The part of this process in a run started by an MPI launcher (<c>mpirun</c>, <c>srun --mpi=pmix</c>): from MPI_Init to MPI_Finalize,
/// once per process.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed class MpiWorld : IDisposable
{
    private readonly MpiLibrary mpi;
    private bool ended;

    private MpiWorld(MpiLibrary mpi)
    {
        this.mpi = mpi;
        mpi.Initialize();
        Communicator = new MpiCommunicator(mpi, mpi.World);
    }

    /// <summary>All ranks.</summary>
    public MpiCommunicator Communicator { get; }

    /// <summary>The version that the MPI library reports.</summary>
    public string Version => mpi.Version;

    /// <summary>
    /// Loads the system's MPI library and starts MPI. Without a launcher there is one rank. Load libtorch before: after MPI it crashes
    /// while it registers its operators.
    /// </summary>
    /// <param name="mpichFirst">
    /// Whether to use MPICH if both MPICH and Open MPI are installed; it must match the launcher. Default false.
    /// </param>
    /// <exception cref="PlatformNotSupportedException">
    /// There is no MPI library, or it is neither Open MPI nor of MPICH's family.
    /// </exception>
    public static MpiWorld Start(bool mpichFirst = false) => new(MpiLibrary.Load(mpichFirst));

    /// <summary>Ends all ranks at once. Does not return.</summary>
    /// <param name="exitCode">The exit code of the launcher.</param>
    public void Abort(int exitCode) => mpi.Abort(mpi.World, exitCode);

    /// <summary>MPI_Finalize: waits until the other ranks call it too.</summary>
    public void Dispose()
    {
        if (ended) return;
        ended = true;
        mpi.EndAll();
    }
}
