using System.Globalization;

namespace SimClr.Distributed;

/// <summary>The environment that <c>mpirun</c> or <c>srun</c> gave this process, read before MPI starts.</summary>
/// <param name="Size">The number of processes; 1 without a launcher.</param>
/// <param name="Rank">The index of this process, in [0, <paramref name="Size"/>).</param>
/// <param name="IsMpich">Whether the launcher is MPICH's or a compatible one.</param>
public sealed record MpiLauncher(int Size, int Rank, bool IsMpich)
{
    // Open MPI's mpirun · MPICH's, Intel's, and srun with PMI · srun with PMIx
    private static readonly string[] Sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];
    private static readonly string[] Ranks = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"];

    /// <summary>Reads the environment.</summary>
    /// <param name="variable">Looks up a variable; null if it is not set: <see cref="Environment.GetEnvironmentVariable(string)"/>.</param>
    public static MpiLauncher Of(Func<string, string?> variable)
    {
        int size = Math.Max(1, First(Sizes));
        return new MpiLauncher(
            size, size > 1 ? Math.Max(0, First(Ranks)) : 0, variable("PMI_SIZE") is not null && variable("OMPI_COMM_WORLD_SIZE") is null);

        int First(string[] names) => names.Select(variable)
            .Select(value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)
            .FirstOrDefault(number => number >= 0);
    }
}
