using System.Globalization;

namespace SimClr.Distributed;

/// <summary>What <c>mpirun</c> or <c>srun</c> told this process by its environment, before MPI is started.</summary>
/// <param name="Size">How many processes it started; 1 without one.</param>
/// <param name="Rank">Which of them this is, in [0, <paramref name="Size"/>).</param>
/// <param name="IsMpich">Whether it was MPICH's or one like it.</param>
public sealed record MpiLauncher(int Size, int Rank, bool IsMpich)
{
    // Open MPI's mpirun · MPICH's and Intel's, srun with PMI · srun with PMIx
    private static readonly string[] Sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];
    private static readonly string[] Ranks = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"];

    /// <summary>Reads what it said.</summary>
    /// <param name="variable">Looks up a variable, null where there is none: <see cref="Environment.GetEnvironmentVariable(string)"/>.</param>
    public static MpiLauncher Of(Func<string, string?> variable)
    {
        int size = Math.Max(1, First(Sizes));
        return new MpiLauncher(size, size > 1 ? Math.Max(0, First(Ranks)) : 0, variable("PMI_SIZE") is not null && variable("OMPI_COMM_WORLD_SIZE") is null);

        int First(string[] names) => names.Select(variable)
            .Select(value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1).FirstOrDefault(number => number >= 0);
    }
}
