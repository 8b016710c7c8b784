namespace SimClr.Cli.Benchmarks;

/// <summary>The least arithmetic and memory traffic of a computation.</summary>
/// <param name="Flops">Additions and multiplications of floats. A fused multiply-add counts as two.</param>
/// <param name="Bytes">Bytes read and bytes written, each once.</param>
internal readonly record struct Work(double Flops, double Bytes)
{
    public static Work operator +(Work a, Work b) => new(a.Flops + b.Flops, a.Bytes + b.Bytes);

    public static Work operator *(double times, Work work) => new(times * work.Flops, times * work.Bytes);
}
