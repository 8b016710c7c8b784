namespace SimClr.Distributed;

/// <summary>This process's part in a run that a launcher of MPI (<c>mpirun</c>, <c>srun --mpi=pmix</c>) started: from MPI_Init to MPI_Finalize, once in a process.</summary>
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

    /// <summary>What the MPI library says it is.</summary>
    public string Version => mpi.Version;

    /// <summary>Loads the system's MPI library and starts it. Without a launcher there is one rank. libtorch is to be loaded before: after MPI it crashes as it registers its operators.</summary>
    /// <param name="mpichFirst">Where both are there, whether MPICH is taken and not Open MPI: the one whose launcher it was. Default false.</param>
    /// <exception cref="PlatformNotSupportedException">There is no MPI library, or one that is neither Open MPI nor of MPICH's family.</exception>
    public static MpiWorld Start(bool mpichFirst = false) => new(MpiLibrary.Load(mpichFirst));

    /// <summary>Ends all ranks at once, wherever they are. Does not return.</summary>
    /// <param name="exitCode">The launcher's.</param>
    public void Abort(int exitCode) => mpi.Abort(mpi.World, exitCode);

    /// <summary>MPI_Finalize: waits until the other ranks call it too.</summary>
    public void Dispose()
    {
        if (ended) return;
        ended = true;
        mpi.EndAll();
    }
}
