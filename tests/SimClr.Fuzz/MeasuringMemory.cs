namespace SimClr.Fuzz;

/// <summary>Tests that measure what this process allocates. They run while no other test does.</summary>
[CollectionDefinition(nameof(MeasuringMemory), DisableParallelization = true)]
public sealed class MeasuringMemory;
