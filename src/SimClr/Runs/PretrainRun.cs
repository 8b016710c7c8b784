using System.Reflection;
using SimClr.Datasets;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;

namespace SimClr.Runs;

/// <summary>
/// A pretraining run in a folder, from its first or its last checkpoint to its end: trains, logs every step, saves, and goes on after a kill, on a CPU to the same bytes.
/// The folder is the one that the program <c>simclr</c> reads and writes. Whoever wants no folder takes <see cref="Pretrainer"/>.
/// </summary>
/// <remarks>
/// <para><see cref="Start(string, IImageDataset, PretrainOptions, PretrainRunOptions?)"/> or <see cref="Resume(string, IImageDataset, PretrainRunOptions?)"/>, then
/// <see cref="Steps"/> or <see cref="Execute"/>, once; one thread at a time. Nothing needs to be disposed of: what a run takes it frees as it ends.</para>
/// <para>Several runs in one process share libtorch's threads. Of several ranks all call the same, and the first alone touches the folder.</para>
/// <para>OpenTelemetry and <c>dotnet-counters</c> see a run by the meter and the activity source <see cref="RunTelemetry.Name"/>.</para>
/// </remarks>
public sealed class PretrainRun
{
    private readonly RunFolder folder;
    private readonly ImageSource source;
    private readonly RunSettings settings;
    private readonly PretrainOptions options;
    private readonly PretrainRunOptions how;
    private readonly bool resumed;
    private bool begun;

    private PretrainRun(RunFolder folder, ImageSource source, RunSettings settings, PretrainOptions options, PretrainRunOptions? how, bool resumed)
    {
        (this.folder, this.source, this.settings, this.how) = (folder, source, settings, how ?? new());
        this.options = options with { Encoder = CustomEncoder.Bring(options.Encoder, this.how.Encoder, folder.Path, "PretrainRunOptions.Encoder") };
        this.how.Validate();
        bool isFirst = this.how.Ranks?.IsFirst ?? true;
        this.resumed = resumed && isFirst;
        if (resumed) settings.RequireLoss(folder.Path, this.how.Loss?.Name);
        if (!isFirst) return;
        if (resumed && !folder.Exists) throw NoRunIn(folder);
        if (resumed) folder.RequireResumable();
        if (resumed) folder.RequireOptions(this.options);
        else folder.RequireNone();
    }

    /// <summary>A run that begins, on images that a program has. Nothing is written before its first step.</summary>
    /// <param name="folder">Where it will be.</param>
    /// <param name="images">What it learns from; borrowed until it ends. Labels are not used.</param>
    /// <param name="options">What is left open is derived from the images.</param>
    /// <param name="how">Null for the defaults.</param>
    /// <exception cref="InvalidDataException">The folder holds a run already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the message names it.</exception>
    public static PretrainRun Start(string folder, IImageDataset images, PretrainOptions options, PretrainRunOptions? how = null) =>
        Start(new RunFolder(folder), ImageSource.Of(images), options, new RunSettings(), how);

    /// <summary>As <see cref="Start(string, IImageDataset, PretrainOptions, PretrainRunOptions?)"/>, on images that a name or a folder stands for.</summary>
    /// <param name="folder">Where it will be.</param>
    /// <param name="source">Where the images are.</param>
    /// <param name="options">What is left open is derived from the images.</param>
    /// <param name="settings">What else is kept of it beside the recipe; what the source knows is filled in.</param>
    /// <param name="how">Null for the defaults.</param>
    /// <exception cref="InvalidDataException">The folder holds a run already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the message names it.</exception>
    public static PretrainRun Start(RunFolder folder, ImageSource source, PretrainOptions options, RunSettings settings, PretrainRunOptions? how = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(settings);
        options.Validate();
        return new PretrainRun(folder, source, settings with { Data = settings.Data ?? source.Name }, options, how, resumed: false);
    }

    /// <summary>A run that goes on from its newest checkpoint, with the recipe that it was begun with.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="images">Those that it was begun with; borrowed until it ends.</param>
    /// <param name="how">Null for the defaults.</param>
    /// <exception cref="InvalidDataException">There is no run, or it is damaged.</exception>
    /// <exception cref="ConfigurationException">
    /// Its recipe is damaged, it was begun with what this version no longer has, or with another loss than it is given now; or its encoder is a custom one that
    /// <paramref name="how"/> does not bring.
    /// </exception>
    public static PretrainRun Resume(string folder, IImageDataset images, PretrainRunOptions? how = null)
    {
        var run = new RunFolder(folder);
        return run.Exists ? Resume(run, ImageSource.Of(images), run.ReadOptions(), run.ReadSettings(), how) : throw NoRunIn(run);
    }

    /// <summary>As <see cref="Resume(string, IImageDataset, PretrainRunOptions?)"/>, with what was read of the folder by <see cref="RunFolder.ReadOptions"/> and <see cref="RunFolder.ReadSettings"/>.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="source">Where the images are now.</param>
    /// <param name="options">The run's.</param>
    /// <param name="settings">The run's.</param>
    /// <param name="how">Null for the defaults.</param>
    /// <exception cref="InvalidDataException">There is no run.</exception>
    public static PretrainRun Resume(RunFolder folder, ImageSource source, PretrainOptions options, RunSettings settings, PretrainRunOptions? how = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(settings);
        return new PretrainRun(folder, source, settings, options, how, resumed: true);
    }

    private static InvalidDataException NoRunIn(RunFolder folder) => new($"{folder.Path} holds no run to continue: it has no recipe.yaml and run.json.");

    /// <summary>The version that a run is begun with, as it stands in <c>run.json</c>.</summary>
    public static string Version => typeof(PretrainRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Steps of the whole run, those of before a resume included; 0 until the first is asked for.</summary>
    public long TotalSteps { get; private set; }

    /// <summary>
    /// Trains while it is enumerated, step by step: a step is logged, returned, and saved when its turn comes. However the enumeration ends, but by a divergence, the
    /// last step is saved: also where whoever enumerates breaks or throws. Trains on the thread that enumerates.
    /// </summary>
    /// <param name="cancellation">Ends the training after the step at work. Of several ranks the only way to stop early.</param>
    /// <exception cref="InvalidOperationException">The run was begun before: <see cref="Resume(string, IImageDataset, PretrainRunOptions?)"/> goes on with it.</exception>
    /// <exception cref="TrainingDivergedException">Nothing is saved; the checkpoints from before stay.</exception>
    /// <exception cref="InvalidDataException">The images are damaged, fewer than a batch or others than the run's; or a checkpoint is damaged.</exception>
    /// <exception cref="ConfigurationException">There is no such device, or a setting does not go with these images or ranks.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or another process trains in the folder.</exception>
    /// <exception cref="InsufficientMemoryException">The device's memory does not suffice for a step; the message says what would fit.</exception>
    public IEnumerable<StepMetrics> Steps(CancellationToken cancellation = default)
    {
        using var session = Open(cancellation);
        foreach (var step in session.Train(cancellation)) yield return step;
        session.Conclude();
    }

    /// <summary>As <see cref="Steps"/>, all of them, with a progress bar where <see cref="PretrainRunOptions.Messages"/> has one.</summary>
    /// <param name="cancellation">Ends the training after the step at work.</param>
    /// <returns>Whether all steps are done: false where it was told to stop.</returns>
    public bool Execute(CancellationToken cancellation = default)
    {
        using var session = Open(cancellation);
        how.Messages.Progress("step", TotalSteps, report =>
        {
            foreach (var step in session.Train(cancellation)) report(step.Step, session.Line(step));
            return 0;
        });
        return session.Conclude();
    }

    private PretrainSession Open(CancellationToken cancellation)
    {
        if (begun) throw new InvalidOperationException("This run has already started. To continue in its folder, make another one with Resume.");
        begun = true;
        var session = new PretrainSession(folder, source, settings, options, how, resumed, cancellation);
        TotalSteps = session.TotalSteps;
        return session;
    }
}
