namespace SimClr.Cli.Benchmarks;

/// <summary>The best rates that a machine reached.</summary>
/// <param name="Flops">Flops per second.</param>
/// <param name="Bytes">Bytes read and written per second by a copy in memory.</param>
internal readonly record struct Peak(double Flops, double Bytes)
{
    /// <summary>Seconds for some work if arithmetic and memory traffic overlap completely: the longer of the two.</summary>
    public double Seconds(Work work) => Math.Max(work.Flops / Flops, work.Bytes / Bytes);
}
