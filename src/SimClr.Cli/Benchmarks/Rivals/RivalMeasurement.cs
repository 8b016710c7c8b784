namespace SimClr.Cli.Benchmarks;

/// <summary>The figure of PyTorch and torchvision for the same work on the same images.</summary>
/// <param name="Name">The name of the benchmark.</param>
/// <param name="Value">The median, in <paramref name="Unit"/>.</param>
/// <param name="Unit">The unit of the benchmark.</param>
/// <param name="MemoryMB">As in <see cref="Measurement"/>.</param>
internal sealed record RivalMeasurement(string Name, double Value, string Unit, double? MemoryMB);
