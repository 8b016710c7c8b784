using System.Text.Json;
using CsCheck;
using SimClr.Optimization;

namespace SimClr.Tests.Optimization;

public sealed class WarmupCosineScheduleTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true };
    private static readonly Case[] Cases = JsonSerializer.Deserialize<Golden>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Optimization", "Goldens", "schedule.json")), SnakeCase)!.Cases;

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Peak_lengths_and_rates_equal_the_reference(int index)
    {
        var golden = Cases[index];
        var options = new OptimizerOptions { LearningRate = golden.Base, LearningRateScaling = Enum.Parse<LearningRateScaling>(golden.Scaling, ignoreCase: true) };
        var schedule = WarmupCosineSchedule.Google(options.PeakLearningRate(golden.Batch), golden.Examples, golden.Batch, golden.Epochs, golden.WarmupEpochs);

        schedule.Peak.ShouldBe(golden.Peak, 1e-15);
        (schedule.TotalSteps, schedule.WarmupSteps).ShouldBe((golden.TotalSteps, golden.WarmupSteps));
        golden.Step.Length.ShouldBe(golden.Lr.Length);
        foreach (var (step, lr) in golden.Step.Zip(golden.Lr))
        {
            // 1 + cos near π cancels: the remainder is exact to an ulp of 1, relative to the peak.
            schedule.LearningRate(step).ShouldBe(lr, 1e-15 * golden.Peak + 1e-13 * lr, $"step {step}");
        }
    }

    [Fact]
    public void The_rate_rises_linearly_from_zero_to_its_peak_and_falls_to_zero() =>
        Gen.Select(Gen.Double[0.001, 10], Gen.Long[1, 500], Gen.Long[0, 500])
            .Sample((peak, cosine, warmup) =>
            {
                var schedule = new WarmupCosineSchedule(peak, warmup + cosine, warmup);
                for (long step = 0; step < warmup; step++) schedule.LearningRate(step).ShouldBe(peak * step / warmup, 1e-12);
                schedule.LearningRate(warmup).ShouldBe(peak);
                for (long step = warmup; step < warmup + cosine; step++)
                {
                    schedule.LearningRate(step + 1).ShouldBeLessThan(schedule.LearningRate(step));
                    // A cosine is antisymmetric about its middle.
                    (schedule.LearningRate(step) + schedule.LearningRate(2 * warmup + cosine - step)).ShouldBe(peak, 1e-12);
                }
                schedule.LearningRate(warmup + cosine).ShouldBe(0);
            }, iter: 100, threads: 1);

    [Fact]
    public void Without_warm_up_the_rate_begins_at_its_peak() => new WarmupCosineSchedule(0.5, 10, 0).LearningRate(0).ShouldBe(0.5);

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(100)]
    public void A_run_not_longer_than_its_warm_up_ends_during_it(long warmup)
    {
        var schedule = new WarmupCosineSchedule(2, 4, warmup);
        for (long step = 0; step < 4; step++) schedule.LearningRate(step).ShouldBe(2.0 * step / warmup, 1e-15);
        schedule.LearningRate(4).ShouldBe(0);
    }

    [Fact]
    public void After_the_end_the_rate_stays_at_zero()
    {
        foreach (long warmup in new long[] { 0, 3, 10, 20 })
        {
            foreach (long step in new[] { 10, 11, 1000, long.MaxValue }) new WarmupCosineSchedule(1, 10, warmup).LearningRate(step).ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(0.5, 97)] // 97.65…
    [InlineData(0.29, 56)] // 56.64
    public void A_fraction_of_an_epoch_warms_up_for_whole_steps(double warmupEpochs, long steps) =>
        WarmupCosineSchedule.Google(1, 50000, 256, 10, warmupEpochs).WarmupSteps.ShouldBe(steps);

    [Fact]
    public void Arguments_out_of_range_are_refused_with_their_value()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new WarmupCosineSchedule(0, 10, 1)).ActualValue.ShouldBe(0.0);
        Should.Throw<ArgumentOutOfRangeException>(() => new WarmupCosineSchedule(double.NaN, 10, 1)).ParamName.ShouldBe("peak");
        Should.Throw<ArgumentOutOfRangeException>(() => new WarmupCosineSchedule(1, 0, 0)).ParamName.ShouldBe("totalSteps");
        Should.Throw<ArgumentOutOfRangeException>(() => new WarmupCosineSchedule(1, 10, -1)).ParamName.ShouldBe("warmupSteps");
        Should.Throw<ArgumentOutOfRangeException>(() => new WarmupCosineSchedule(1, 10, 1).LearningRate(-1)).ActualValue.ShouldBe(-1L);
        Should.Throw<ArgumentOutOfRangeException>(() => WarmupCosineSchedule.Google(1, 0, 1, 1, 0)).ParamName.ShouldBe("examples");
        Should.Throw<ArgumentOutOfRangeException>(() => WarmupCosineSchedule.Google(1, 10, 0, 1, 0)).ParamName.ShouldBe("batchSize");
        Should.Throw<ArgumentOutOfRangeException>(() => WarmupCosineSchedule.Google(1, 10, 1, -1, 0)).ParamName.ShouldBe("epochs");
        Should.Throw<ArgumentOutOfRangeException>(() => WarmupCosineSchedule.Google(1, 10, 1, 1, double.NaN)).ParamName.ShouldBe("warmupEpochs");
    }

    private sealed record Golden(Case[] Cases);

    private sealed record Case(
        long Examples, int Batch, int Epochs, double WarmupEpochs, double Base, string Scaling, long TotalSteps, long WarmupSteps, double Peak, long[] Step, double[] Lr);
}
