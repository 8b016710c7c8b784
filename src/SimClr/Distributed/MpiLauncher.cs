using System.Globalization;

namespace SimClr.Distributed;

/// <summary>What <c>mpirun</c> or <c>srun</c> told this process by its environment, before MPI is started.</summary>
public static class MpiLauncher
{
    // Open MPI's mpirun · MPICH's and Intel's, srun with PMI · srun with PMIx
    private static readonly string[] Sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];
    private static readonly string[] Ranks = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"];

    /// <summary>How many processes it started; 1 without one.</summary>
    public static int Size => Math.Max(1, First(Sizes));

    /// <summary>Which of them this is.</summary>
    public static int Rank => Size > 1 ? First(Ranks) : 0;

    /// <summary>Whether it was MPICH's or one like it.</summary>
    public static bool IsMpich => Environment.GetEnvironmentVariable("PMI_SIZE") is not null && Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is null;

    private static int First(string[] names) => names.Select(Environment.GetEnvironmentVariable)
        .Select(value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1).FirstOrDefault(number => number >= 0);
}
