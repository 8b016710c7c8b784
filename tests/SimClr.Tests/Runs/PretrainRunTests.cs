using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Runs;

namespace SimClr.Tests.Runs;

public sealed class PretrainRunTests : IDisposable
{
    private static readonly PretrainOptions Options = new() { Preprocessing = new() { ImageSize = 8 }, BatchSize = 16, Epochs = 2, Encoder = new ResNetOptions { Width = 0.0625 } };
    private static readonly RunSettings Settings = new() { Data = "builtin", Limit = 64 };

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_is_started_watched_cancelled_and_resumed_to_the_same_bytes()
    {
        var stop = TestContext.Current.CancellationToken;
        var whole = new RunFolder(folder.At("whole"));
        var all = new List<StepMetrics>();
        (await PretrainRun.Start(whole, Settings, Options, Watched(all.Add)).ExecuteAsync(stop)).ShouldBeTrue();
        all.Select(step => step.Step).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);

        var halves = new RunFolder(folder.At("halves"));
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var seen = new List<StepMetrics>();
        var first = PretrainRun.Start(halves, Settings, Options, Watched(step =>
        {
            seen.Add(step);
            if (step.Step == 3) cancelled.Cancel();
        }));
        (await first.ExecuteAsync(cancelled.Token)).ShouldBeFalse();
        halves.Checkpoints().List()[0].Step.ShouldBe(3);
        (await PretrainRun.Resume(halves, Watched(seen.Add)).ExecuteAsync(stop)).ShouldBeTrue();
        seen.ShouldBe(all);
        Weights(halves).ShouldBe(Weights(whole));
        (await PretrainRun.Resume(halves).ExecuteAsync(stop)).ShouldBeTrue(); // finished already
    }

    [Fact]
    public async Task A_failure_of_whoever_watches_ends_the_run_after_its_step_is_saved()
    {
        var run = new RunFolder(folder.At("run"));
        var failing = PretrainRun.Start(run, Settings, Options, Watched(step =>
        {
            if (step.Step == 2) throw new NotSupportedException("no more");
        }));
        (await Should.ThrowAsync<NotSupportedException>(() => failing.ExecuteAsync(TestContext.Current.CancellationToken))).Message.ShouldBe("no more");
        run.Checkpoints().List()[0].Step.ShouldBe(2);
    }

    [Fact]
    public async Task What_cannot_begin_or_go_on_is_refused_by_name()
    {
        var run = new RunFolder(folder.At("run"));
        Should.Throw<InvalidDataException>(() => PretrainRun.Resume(run)).Message.ShouldStartWith($"{run.Path} holds no run");
        Should.Throw<ArgumentOutOfRangeException>(() => PretrainRun.Start(run, Settings, Options with { Epochs = 0 })).ParamName.ShouldBe("Epochs");
        var large = PretrainRun.Start(run, Settings, Options with { BatchSize = 65 });
        (await Should.ThrowAsync<InvalidDataException>(() => large.ExecuteAsync(TestContext.Current.CancellationToken))).Message.ShouldContain("65 images cannot be filled from 64");
        var nowhere = PretrainRun.Start(run, Settings, Options, new() { Device = "gpu" });
        (await Should.ThrowAsync<ConfigurationException>(() => nowhere.ExecuteAsync(TestContext.Current.CancellationToken))).Message.ShouldContain("'gpu'");
        run.Create(Options.For(8), Settings);
        Should.Throw<InvalidDataException>(() => PretrainRun.Start(run, Settings, Options)).Message.ShouldStartWith($"{run.Path} holds a run already");
    }

    private static PretrainRunOptions Watched(Action<StepMetrics> step) => new() { Steps = new DirectProgress<StepMetrics>(step), SaveEvery = 100 };

    private static byte[] Weights(RunFolder run) => File.ReadAllBytes(Path.Combine(Directory.GetDirectories(run.In("checkpoints")).Order().Last(), "model.safetensors"));
}
