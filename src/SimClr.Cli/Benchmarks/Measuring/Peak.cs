namespace SimClr.Cli.Benchmarks;

/// <summary>The most that a machine was seen to do.</summary>
/// <param name="Flops">A second.</param>
/// <param name="Bytes">Read and written a second by a copy in memory.</param>
internal readonly record struct Peak(double Flops, double Bytes)
{
    /// <summary>Seconds for some work where arithmetic and traffic overlap wholly: the longer of the two.</summary>
    public double Seconds(Work work) => Math.Max(work.Flops / Flops, work.Bytes / Bytes);
}
