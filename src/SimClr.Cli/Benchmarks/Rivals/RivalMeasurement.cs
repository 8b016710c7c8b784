namespace SimClr.Cli.Benchmarks;

/// <summary>PyTorch's and torchvision's figure for the same work on the same images.</summary>
/// <param name="Name">The benchmark's.</param>
/// <param name="Value">The median, in <paramref name="Unit"/>.</param>
/// <param name="Unit">The benchmark's.</param>
/// <param name="MemoryMB">As in <see cref="Measurement"/>.</param>
internal sealed record RivalMeasurement(string Name, double Value, string Unit, double? MemoryMB);
