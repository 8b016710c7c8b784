using System.Reflection;
using SimClr.Datasets;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;

namespace SimClr.Runs;

/// <summary>
/// A pretraining run in a folder: trains, logs every step, saves checkpoints, and resumes after a kill; on a CPU with the same bytes. The
/// program <c>simclr</c> uses the same folder. To train without a folder, use <see cref="Pretrainer"/>.
/// </summary>
/// <remarks>
/// <para>Call <see cref="Start(string, IImageDataset, PretrainOptions, PretrainRunOptions?)"/> or
/// <see cref="Resume(string, IImageDataset, PretrainRunOptions?)"/>, then <see cref="Steps"/> or <see cref="Execute"/> once; one thread at
/// a time. Nothing needs to be disposed: a run frees its resources when it ends.</para>
/// <para>Several runs in one process share libtorch's threads. A custom encoder or a script with dropout draws from torch's global
/// generator: beside such a run, no other thread may draw from it, or make or train a network (<see cref="CustomEncoder"/>).</para>
/// <para>With several ranks, all make the same calls, and only the first uses the folder.</para>
/// <para>OpenTelemetry and <c>dotnet-counters</c> can observe a run through the meter and activity source
/// <see cref="RunTelemetry.Name"/>.</para>
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

    private PretrainRun(
        RunFolder folder, ImageSource source, RunSettings settings, PretrainOptions options, PretrainRunOptions? how, bool resumed)
    {
        (this.folder, this.source, this.settings, this.how) = (folder, source, settings, how ?? new());
        this.options = options with
        {
            Encoder = new EncoderCode(this.how.Encoder, this.how.TrustScript).AddTo(
                this.how.StartFrom?.Options.Encoder is { } theirs && theirs == options.Encoder ? theirs : options.Encoder,
                folder.Path, "PretrainRunOptions.Encoder", folder.Path),
        };
        var teacher = this.how.Loss as TeacherLoss;
        if (teacher is not null) this.options = this.options with { Head = teacher.Head };
        this.how.Validate();
        bool isFirst = this.how.Ranks?.IsFirst ?? true;
        this.resumed = resumed && isFirst;
        if (resumed) settings.RequireTeacher(folder.Path, teacher?.Identity);
        if (resumed) settings.RequireLoss(folder.Path, this.how.Loss?.Name);
        if (!isFirst) return;
        if (resumed && !folder.Exists) throw NoRunIn(folder);
        if (resumed) folder.RequireResumable();
        if (resumed) folder.RequireOptions(this.options);
        else folder.RequireNone();
    }

    /// <summary>Starts a new run on a program's own images. Nothing is written before its first step.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="images">The training images; borrowed until the run ends. Labels are not used.</param>
    /// <param name="options">The options. Automatic values are derived from the images.</param>
    /// <param name="how">How and where to train. Null for the defaults.</param>
    /// <exception cref="InvalidDataException">The folder already contains a run.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static PretrainRun Start(string folder, IImageDataset images, PretrainOptions options, PretrainRunOptions? how = null) =>
        Start(new RunFolder(folder), ImageSource.Of(images ?? throw new ArgumentNullException(nameof(images))), options,
            new RunSettings(), how);

    /// <summary>
    /// Starts a new run on images that a name or a folder specifies; otherwise as
    /// <see cref="Start(string, IImageDataset, PretrainOptions, PretrainRunOptions?)"/>.
    /// </summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="source">The images.</param>
    /// <param name="options">The options. Automatic values are derived from the images.</param>
    /// <param name="settings">Further settings to store beside the recipe. Values that the source knows are filled in.</param>
    /// <param name="how">How and where to train. Null for the defaults.</param>
    /// <exception cref="InvalidDataException">The folder already contains a run.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static PretrainRun Start(
        RunFolder folder, ImageSource source, PretrainOptions options, RunSettings settings, PretrainRunOptions? how = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(settings);
        options.Validate();
        return new PretrainRun(folder, source, settings with { Data = settings.Data ?? NamesOf(source) }, options, how, resumed: false);
    }

    private static IReadOnlyList<string>? NamesOf(ImageSource source) => source.Names.Count > 0 ? source.Names : null;

    /// <summary>Resumes a run from its newest checkpoint, with its own recipe.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="images">The same images as at the start; borrowed until the run ends.</param>
    /// <param name="how">How and where to train. Null for the defaults.</param>
    /// <exception cref="InvalidDataException">There is no run, or it is damaged.</exception>
    /// <exception cref="ConfigurationException">
    /// The recipe is damaged; it uses something that this version no longer has; the loss is another one; or the encoder is a custom one
    /// that <paramref name="how"/> does not provide.
    /// </exception>
    public static PretrainRun Resume(string folder, IImageDataset images, PretrainRunOptions? how = null)
    {
        var run = new RunFolder(folder);
        ArgumentNullException.ThrowIfNull(images);
        return run.Exists ? Resume(run, ImageSource.Of(images), run.ReadOptions(), run.ReadSettings(), how) : throw NoRunIn(run);
    }

    /// <summary>
    /// Resumes a run with the options and settings that <see cref="RunFolder.ReadOptions"/> and <see cref="RunFolder.ReadSettings"/> read.
    /// </summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="source">The current location of the images.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="settings">The settings of the run.</param>
    /// <param name="how">How and where to train. Null for the defaults.</param>
    /// <exception cref="InvalidDataException">There is no run.</exception>
    public static PretrainRun Resume(
        RunFolder folder, ImageSource source, PretrainOptions options, RunSettings settings, PretrainRunOptions? how = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(settings);
        return new PretrainRun(folder, source, settings, options, how, resumed: true);
    }

    private static InvalidDataException NoRunIn(RunFolder folder) =>
        new($"{folder.Path} holds no run to continue: it has no recipe.yaml and run.json.");

    /// <summary>The version of the library, as stored in <c>run.json</c> at the start.</summary>
    public static string Version =>
        typeof(PretrainRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The number of steps in the whole run, including those before a resume; 0 before the first step is requested.</summary>
    public long TotalSteps { get; private set; }

    /// <summary>
    /// Trains during enumeration, on the calling thread. A step is logged, returned, and saved if it is due. The last step is saved however
    /// the enumeration ends, also if the caller breaks or throws. Only a divergence is not saved.
    /// </summary>
    /// <param name="cancellationToken">
    /// Ends the training after the current step, and any wait for images that are unavailable. With several ranks it is the only way to
    /// stop early.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// The run was already started: <see cref="Resume(string, IImageDataset, PretrainRunOptions?)"/> continues it.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled before the first step, while images were waited for.</exception>
    /// <exception cref="TrainingDivergedException">Training diverged. Nothing is saved; earlier checkpoints stay.</exception>
    /// <exception cref="InvalidDataException">
    /// The images are damaged, fewer than a batch, or not those of the run; or a checkpoint is damaged.
    /// </exception>
    /// <exception cref="ConfigurationException">The device does not exist, or a setting does not fit the images or ranks.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or another process trains in this folder.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The device's memory is not enough for a step. The message says what would fit.
    /// </exception>
    public IEnumerable<StepMetrics> Steps(CancellationToken cancellationToken = default)
    {
        using var session = Open(cancellationToken);
        foreach (var step in session.Train(cancellationToken)) yield return step;
        session.Conclude();
    }

    /// <summary>Makes all <see cref="Steps"/>, with a progress bar if <see cref="PretrainRunOptions.Messages"/> shows one.</summary>
    /// <param name="cancellationToken">Ends the training after the current step.</param>
    /// <returns>Whether all steps are done; false if it was cancelled.</returns>
    public bool Execute(CancellationToken cancellationToken = default)
    {
        using var session = Open(cancellationToken);
        how.Messages.Progress("step", TotalSteps, report =>
        {
            foreach (var step in session.Train(cancellationToken)) report(step.Step, session.Line(step));
            return 0;
        });
        return session.Conclude();
    }

    private PretrainSession Open(CancellationToken cancellationToken)
    {
        if (begun)
            throw new InvalidOperationException("This run has already started. To continue in its folder, make another one with Resume.");
        begun = true;
        var session = new PretrainSession(folder, source.Until(cancellationToken), settings, options, how, resumed, cancellationToken);
        TotalSteps = session.TotalSteps;
        return session;
    }
}
