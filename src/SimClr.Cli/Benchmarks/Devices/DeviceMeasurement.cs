using System.Diagnostics;

namespace SimClr.Cli.Benchmarks;

/// <summary>The figures of a benchmark on a device.</summary>
/// <param name="Name">The name of the benchmark.</param>
/// <param name="Value">The median, in <paramref name="Unit"/>.</param>
/// <param name="Unit">Views, images or TFLOP per second.</param>
/// <param name="Tflops">Trillions of multiplications and additions per second; null if they do not count.</param>
/// <param name="Batch">The images of a run; null if there are none.</param>
/// <param name="Precision">As for <c>--precision</c>.</param>
/// <param name="Device">As for <c>--device</c>.</param>
internal sealed record DeviceMeasurement(string Name, double Value, string Unit, double? Tflops,
    int? Batch, string Precision, string Device)
{
    private const int Least = 5; // fewest groups

    /// <summary>
    /// Warms up with two single runs. Then runs groups of about a tenth of the time each, waits only after each group, and takes the median
    /// of the groups.
    /// </summary>
    public static DeviceMeasurement Of(string name, string unit, IDeviceBenchmark benchmark,
        double seconds, int? batch, string precision, string device)
    {
        double one = Seconds(benchmark, 1);
        one = Math.Min(one, Seconds(benchmark, 1));
        int group = (int)Math.Clamp(seconds / 10 / one, 1, 1000);
        var times = new List<double>();
        for (double spent = 0; spent < seconds || times.Count < Least; spent += times[^1] * group)
            times.Add(Seconds(benchmark, group) / group);
        times.Sort();
        double median = times[times.Count / 2];
        double? tflops = benchmark.Flops > 0 ? benchmark.Flops / median / 1e12 : null;
        return new DeviceMeasurement(name, benchmark.Units > 0 ? benchmark.Units / median : tflops!.Value,
            unit, tflops, batch, precision, device);
    }

    private static double Seconds(IDeviceBenchmark benchmark, int runs)
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < runs; i++) benchmark.Run();
        benchmark.Wait();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
