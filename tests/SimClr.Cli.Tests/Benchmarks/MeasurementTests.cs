using SimClr.Cli.Benchmarks;

namespace SimClr.Cli.Tests.Benchmarks;

public sealed class MeasurementTests
{
    [Theory]
    [InlineData("1", 0.5, 1)]
    [InlineData("1 3", 0.5, 2)]
    [InlineData("1 2 9", 0.5, 2)]
    [InlineData("0 4 8 12 16", 0.25, 4)]
    [InlineData("0 4 8 12", 0.75, 9)]
    public void A_quantile_is_interpolated_between_its_neighbours(string sorted, double share, double expected) =>
        Measurement.Quantile([.. sorted.Split(' ').Select(double.Parse)], share).ShouldBe(expected);

    [Fact]
    public void Ratios_say_how_many_times_faster_for_every_unit()
    {
        var rate = new Measurement("x", 50, "views/s", 200, null, 0) { Rival = new("x", 10, "views/s", null) };
        (rate.Ratio, rate.Speedup).ShouldBe((4, 5));
        var time = new Measurement("x", 50, "ms", 20, null, 0) { Rival = new("x", 200, "ms", null) };
        (time.Ratio, time.Speedup).ShouldBe((2.5, 4));
    }

    [Fact]
    public void Two_workloads_in_turns_give_the_speed_of_the_first_as_a_share_of_the_second_s()
    {
        var (order, clock) = (new List<string>(), new Clock());
        var entry = new BenchmarkEntry("x", "x", BenchmarkEntry.Share, _ => new PairBenchmark(new Work("a", 40, order, clock), new Work("b", 20, order, clock)));
        var peaks = new MachinePeaks(1, new Peak(1, 1), new Peak(1, 1), 1);
        using var images = new BenchmarkImages(null);
        var measured = Measurement.Of(entry, new BenchmarkSettings(1, Quick: false, images), peaks, clock);
        (measured.Value, measured.Spread).ShouldBe((0.5, 0)); // twice the time for as much
        order.Count.ShouldBeGreaterThan(2 * PairBenchmark.Pairs + 2); // a second of pairs to warm up
        order.TakeLast(2 * PairBenchmark.Pairs).Take(4).ShouldBe(["a", "b", "b", "a"]);
        measured.MemoryMB!.Value.ShouldBeGreaterThan(1);
    }

    // .NET optimises a method after some calls, and a pass over few images makes few.
    [Theory]
    [InlineData(10, 100)]   // a second
    [InlineData(1500, 5)]   // 5 runs
    [InlineData(3000, 3)]   // 8 seconds
    [InlineData(20000, 1)]
    public void A_benchmark_is_warm_after_a_second_and_five_runs_or_eight_seconds(int milliseconds, int runs)
    {
        var (order, clock) = (new List<string>(), new Clock());
        var entry = new BenchmarkEntry("x", "x", BenchmarkEntry.Time, _ => new Work("a", milliseconds, order, clock));
        using var images = new BenchmarkImages(null);
        Measurement.Of(entry, new BenchmarkSettings(1, Quick: false, images), new(1, new Peak(1, 1), new Peak(1, 1), 1), clock);
        order.Count.ShouldBe(runs + Math.Max(2, 1500 / milliseconds));
    }

    // Moves only when it is told to.
    private sealed class Clock : TimeProvider
    {
        private long milliseconds;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => milliseconds;

        public void Advance(int by) => milliseconds += by;
    }

    private sealed class Work(string name, int milliseconds, List<string> order, Clock clock) : IBenchmark
    {
        public double Units => 1;

        public double Floor(MachinePeaks peaks) => 0;

        public void Run()
        {
            order.Add(name);
            clock.Advance(milliseconds);
        }

        public void Dispose()
        {
        }
    }

    [Fact]
    public void Every_word_of_the_catalogue_means_something_and_every_name_is_there_once()
    {
        BenchmarkCatalog.Words.ShouldBeUnique();
        foreach (string word in BenchmarkCatalog.Words) BenchmarkCatalog.Select([word]).ShouldNotBeEmpty();
        BenchmarkCatalog.Select(["all"]).ShouldBe(BenchmarkCatalog.All);
        BenchmarkCatalog.Select(["loss-4096", "views-96"]).Select(b => b.Name).ShouldBe(["views-96", "loss-4096"]);
        string[] promised = ["views-32", "views-32-blur", "views-96", "views-224", "jpeg-224", "step-resnet18-32", "step-resnet18-32-bare", "loss-4096", "loss-4096-dense", "loss-32768", "embed-resnet18-32"];
        promised.Except(BenchmarkCatalog.All.Select(b => b.Name)).ShouldBeEmpty();
    }
}
