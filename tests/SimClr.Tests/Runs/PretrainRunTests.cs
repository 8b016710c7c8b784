using System.Diagnostics;
using System.Diagnostics.Metrics;
using SimClr.Datasets;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Tests.Datasets;
using SimClr.Tests.Losses;

namespace SimClr.Tests.Runs;

public sealed class PretrainRunTests : IDisposable
{
    private static readonly PretrainOptions Options = new() { Preprocessing = new() { ImageSize = 8 }, BatchSize = 16, Epochs = 2, Encoder = new ResNetOptions { Width = 0.0625 } };
    private static readonly IImageDataset Images = Subsets.Seeded(new BuiltInImages(DatasetPart.Pretraining), 64, seed: 0);
    private static readonly PretrainRunOptions How = new() { SaveEvery = 100 };

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_can_be_stepped_cancelled_and_resumed_to_the_same_bytes()
    {
        var stop = TestContext.Current.CancellationToken;
        var (whole, halves) = (folder.At("whole"), folder.At("halves"));
        var first = PretrainRun.Start(whole, Images, Options, How);
        var all = first.Steps(stop).ToList();
        all.Select(step => step.Step).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
        first.TotalSteps.ShouldBe(8);
        Should.Throw<InvalidOperationException>(() => first.Steps(stop).First()).Message.ShouldContain("already started");

        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var seen = new List<StepMetrics>();
        foreach (var step in PretrainRun.Start(halves, Images, Options, How).Steps(cancelled.Token))
        {
            seen.Add(step);
            if (step.Step == 3) cancelled.Cancel();
        }
        NewestStep(halves).ShouldBe(3);
        seen.AddRange(PretrainRun.Resume(halves, Images, How).Steps(stop));
        seen.ShouldBe(all);
        Weights(halves).ShouldBe(Weights(whole));
        PretrainRun.Resume(halves, Images).Execute(stop).ShouldBeTrue(); // already finished
        PretrainRun.Resume(halves, Images).Steps(stop).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(96)] // while it trains
    [InlineData(0)]  // before the first step
    public void A_run_can_be_cancelled_while_its_images_are_waited_for(int readable)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        int reads = 0;
        var away = new CountedImages(Images)
        {
            Fails = _ =>
            {
                if (Interlocked.Increment(ref reads) <= readable) return false;
                stop.CancelAfter(50);
                return true;
            },
        };
        // Without the token this ends after a minute, with an IOException.
        var run = PretrainRun.Start(folder.At("run"), away, Options, How);
        if (readable > 0) run.Steps(stop.Token).Count().ShouldBeLessThan(8);
        else Should.Throw<OperationCanceledException>(() => run.Steps(stop.Token).Count());
    }

    [Fact]
    public void Other_images_are_refused_by_their_own_name()
    {
        PretrainRun.Start(folder.At("run"), Images, Options, How).Steps(TestContext.Current.CancellationToken).Count().ShouldBe(8);
        Should.Throw<InvalidDataException>(() => PretrainRun.Resume(folder.At("run"), new SyntheticImages(50), How).Execute(TestContext.Current.CancellationToken))
            .Message.ShouldContain($"began with 64 images ({Images.Name}), but synthetic has 50. Give the original images");
    }

    [Fact]
    public void The_last_step_is_saved_if_the_caller_breaks_or_throws()
    {
        var stop = TestContext.Current.CancellationToken;
        string run = folder.At("run");
        foreach (var step in PretrainRun.Start(run, Images, Options, How).Steps(stop))
        {
            if (step.Step == 2) break;
        }
        NewestStep(run).ShouldBe(2);
        Should.Throw<NotSupportedException>(() =>
        {
            foreach (var step in PretrainRun.Resume(run, Images, How).Steps(stop)) throw new NotSupportedException("no more");
        });
        NewestStep(run).ShouldBe(3);
    }

    [Fact]
    public void A_run_that_cannot_start_or_resume_is_refused_by_name()
    {
        string run = folder.At("run");
        Should.Throw<InvalidDataException>(() => PretrainRun.Resume(run, Images)).Message.ShouldStartWith($"{run} holds no run");
        Should.Throw<ArgumentOutOfRangeException>(() => PretrainRun.Start(run, Images, Options with { Epochs = 0 })).ParamName.ShouldBe("Epochs");
        var stop = TestContext.Current.CancellationToken;
        Should.Throw<InvalidDataException>(() => PretrainRun.Start(run, Images, Options with { BatchSize = 65 }).Execute(stop)).Message.ShouldContain("65 images, but there are only 64");
        Should.Throw<ConfigurationException>(() => PretrainRun.Start(run, Images, Options, new() { Device = "gpu" }).Execute(stop)).Message.ShouldContain("'gpu'");
        new RunFolder(run).Create(Options.For(8), new RunSettings { ImageCount = 64, DataName = "pets.db" });
        Should.Throw<InvalidDataException>(() => PretrainRun.Start(run, Images, Options)).Message.ShouldStartWith($"{run} already holds a run");
        Should.Throw<InvalidDataException>(() => new RunFolder(run).ReadSettings().WhereImagesAre()).Message.ShouldContain("The images of this run came from a program (pets.db)");
        var others = Subsets.Seeded(new BuiltInImages(DatasetPart.Pretraining), 63, seed: 0);
        Should.Throw<InvalidDataException>(() => PretrainRun.Resume(run, others).Execute(stop)).Message.ShouldContain("began with 64 images (pets.db)");
    }

    [Theory]
    [InlineData("run.json")]
    [InlineData("recipe.yaml")]
    public void Checkpoints_whose_run_has_lost_a_file_are_kept(string lost)
    {
        var stop = TestContext.Current.CancellationToken;
        string run = folder.At("run");
        PretrainRun.Start(run, Images, Options, How).Execute(stop).ShouldBeTrue();
        File.Delete(Path.Combine(run, lost));
        Should.Throw<InvalidDataException>(() => PretrainRun.Start(run, Images, Options with { Seed = 7 }, How)).Message
            .ShouldBe($"{run} holds checkpoints of a run, but not its {lost}. Put the file back to continue the run, or start a new one in another folder.");
        NewestStep(run).ShouldBe(8);
    }

    [Theory]
    [InlineData("temperature: 0.5", "temperature: 0.9")]
    [InlineData("epochs: 2", "epochs: 1")]
    public void A_recipe_that_was_changed_in_the_folder_is_refused(string was, string changed)
    {
        var stop = TestContext.Current.CancellationToken;
        string run = folder.At("run"), recipe = Path.Combine(run, "recipe.yaml");
        PretrainRun.Start(run, Images, Options, How).Steps(stop).Take(3).Count().ShouldBe(3);
        string text = File.ReadAllText(recipe);
        text.ShouldContain(was);
        File.WriteAllText(recipe, text.Replace(was, changed, StringComparison.Ordinal));
        Should.Throw<InvalidDataException>(() => PretrainRun.Resume(run, Images, How).Execute(stop)).Message.ShouldEndWith(
            $"it was trained with '{was}', but {recipe} has '{changed}'. A run continues with the options that it began with: restore the file.");
        File.WriteAllText(recipe, text);
        PretrainRun.Resume(run, Images, How).Execute(stop).ShouldBeTrue();
    }

    [Fact]
    public void A_run_that_cannot_start_leaves_nothing_and_two_runs_cannot_share_a_folder()
    {
        var stop = TestContext.Current.CancellationToken;
        string run = folder.At("run");
        Should.Throw<ArgumentOutOfRangeException>(() => PretrainRun.Start(run, Images, Options, new() { SaveEvery = 0 })).ParamName.ShouldBe("SaveEvery");
        Should.Throw<ArgumentOutOfRangeException>(() => PretrainRun.Start(run, Images, Options, new() { Threads = 0 })).ParamName.ShouldBe("Threads");
        Directory.Exists(run).ShouldBeFalse();
        PretrainRun first = PretrainRun.Start(run, Images, Options, How), second = PretrainRun.Start(run, Images, Options with { Seed = 1 }, How);
        first.Steps(stop).Take(2).Count().ShouldBe(2);
        Should.Throw<InvalidDataException>(() => second.Execute(stop)).Message.ShouldStartWith($"{run} already holds a run");
        var saved = new RunFolder(run);
        Should.Throw<ConfigurationException>(() => PretrainRun.Resume(saved, ImageSource.Of(Images), saved.ReadOptions() with { Temperature = 0.1 }, saved.ReadSettings())).Message
            .ShouldBe($"The run in {run} has 'temperature: 0.5', but is resumed with 'temperature: 0.1'. A run continues with the options that it began with. To change them, start a new run from its weights.");
    }

    [Fact]
    public void The_last_step_is_saved_over_a_damaged_checkpoint_of_it()
    {
        var stop = TestContext.Current.CancellationToken;
        string run = folder.At("run");
        var how = How with { SaveEvery = 2 };
        PretrainRun.Start(run, Images, Options, how).Steps(stop).Take(4).Count().ShouldBe(4);
        File.WriteAllText(Path.Combine(new RunFolder(run).Checkpoints().List()[0].Path, "model.safetensors"), "damaged");
        PretrainRun.Resume(run, Images, How).Steps(stop).Take(2).Select(step => step.Step).ShouldBe([3, 4]);
        PretrainRun.Resume(run, Images, How).Steps(stop).First().Step.ShouldBe(5);
    }

    [Fact]
    public void A_meter_and_an_activity_source_see_the_run()
    {
        var measured = new Dictionary<string, List<double>>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Meter.Name == RunTelemetry.Name) l.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument.Name, value));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument.Name, value));
        listener.Start();
        var activities = new List<Activity>();
        using var source = new ActivityListener { ShouldListenTo = s => s.Name == RunTelemetry.Name, Sample = (ref _) => ActivitySamplingResult.AllData, ActivityStopped = activities.Add };
        ActivitySource.AddActivityListener(source);

        string run = folder.At("run");
        var steps = PretrainRun.Start(run, Images, Options, new() { SaveEvery = 4 }).Steps(TestContext.Current.CancellationToken).ToList();

        var own = activities.Where(a => a.OperationName == "pretrain" ? (string?)a.GetTagItem("simclr.run") == run : (string?)a.Parent?.GetTagItem("simclr.run") == run).ToList();
        own.Select(a => a.OperationName).ShouldBe(["save checkpoint", "save checkpoint", "pretrain"]);
        own[2].GetTagItem("simclr.total_steps").ShouldBe(8L);
        // runs of other tests may appear too
        foreach (double loss in steps.Select(s => s.Loss)) measured["simclr.loss"].ShouldContain(loss);
        measured["simclr.images"].Count(n => n == 16).ShouldBeGreaterThanOrEqualTo(8);
        measured["simclr.step.duration"].ShouldAllBe(seconds => seconds > 0);
        measured["simclr.data.wait"].Count.ShouldBe(measured["simclr.step.duration"].Count);

        void Add(string name, double value)
        {
            lock (measured)
            {
                if (!measured.TryGetValue(name, out var values)) measured[name] = values = [];
                values.Add(value);
            }
        }
    }

    [Fact]
    public void A_run_with_its_own_loss_resumes_only_with_that_loss()
    {
        var stop = TestContext.Current.CancellationToken;
        var (whole, run) = (folder.At("whole"), folder.At("run"));
        var how = How with { Loss = new SupervisedContrastive(Images.Label, 0.5) };
        PretrainRun.Start(whole, Images, Options, how).Execute(stop).ShouldBeTrue();
        PretrainRun.Start(run, Images, Options, how).Steps(stop).Take(3).Count().ShouldBe(3);
        var saved = new RunFolder(run);
        (saved.ReadSettings().Loss, saved.ReadOptions().Loss).ShouldBe(("supervised-contrastive", LossKind.Custom));
        Should.Throw<ConfigurationException>(() => PretrainRun.Resume(run, Images)).Message
            .ShouldBe($"The run in {run} began with the loss 'supervised-contrastive', but is resumed with none. Give the same loss (PretrainRunOptions.Loss), or start a new run.");
        Should.Throw<ConfigurationException>(() => PretrainRun.Resume(run, Images, How with { Loss = new NtXentLoss(0.5) })).Message.ShouldContain("but is resumed with 'nt-xent'");
        PretrainRun.Resume(run, Images, how).Execute(stop).ShouldBeTrue();
        Weights(run).ShouldBe(Weights(whole));

        var ordinary = new RunFolder(folder.At("ordinary"));
        ordinary.Create(Options.For(8), new RunSettings { ImageCount = 64, DataName = "pets.db" });
        Should.Throw<ConfigurationException>(() => PretrainRun.Resume(ordinary.Path, Images, how)).Message.ShouldContain("began with the loss of its recipe");
    }

    private static long NewestStep(string run) => new RunFolder(run).Checkpoints().List()[0].Step;

    private static byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(Directory.GetDirectories(Path.Combine(run, "checkpoints")).Order(StringComparer.Ordinal).Last(), "model.safetensors"));
}
