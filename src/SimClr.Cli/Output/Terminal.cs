using System.Globalization;
using SimClr.Datasets;
using SimClr.IO;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SimClr.Cli.Output;

/// <summary>
/// The program's output: results on stdout; progress, notes and warnings on stderr, so that a pipe receives only results. Colours and bars
/// are used only on a terminal that supports them (<see cref="IsPlain"/>).
/// </summary>
/// <param name="quiet">Whether to omit progress and notes.</param>
internal sealed class Terminal(bool quiet) : IMessages
{
    private readonly TextWriter output = Console.Out, error = Console.Error;
    private readonly IAnsiConsole results = On(Console.Out, Console.IsOutputRedirected);
    private readonly IAnsiConsole notes = On(Console.Error, Console.IsErrorRedirected);

    /// <summary>
    /// Whether the user wants no escape sequences even on a terminal: <c>NO_COLOR</c> is not empty, or <c>TERM</c> is <c>dumb</c>.
    /// </summary>
    public static bool IsPlain =>
        Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") == "dumb";

    /// <summary>Whether nothing is printed, because another process prints. Default false.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Whether bars are drawn; otherwise progress is printed as plain lines.</summary>
    public bool IsWatched { get; } = !quiet && !Console.IsErrorRedirected && !IsPlain;

    public void Result(IRenderable what)
    {
        if (!IsSilent) results.Write(what);
    }

    /// <summary>Whether a text fits without line breaks.</summary>
    public bool Fits(IRenderable what) => what.Measure(RenderOptions.Create(results), int.MaxValue).Max <= results.Profile.Width;

    /// <summary>A line.</summary>
    public void Result(string line)
    {
        if (!IsSilent) output.WriteLine(Printable.Of(line));
    }

    /// <summary>A text of the program itself, or JSON with escaped strings; may have several lines.</summary>
    public void Verbatim(string text)
    {
        if (!IsSilent) output.WriteLine(text);
    }

    /// <summary>Prints information, unless quiet.</summary>
    public void Note(string line)
    {
        if (!quiet) error.WriteLine(Printable.Of(line));
    }

    /// <summary>Prints a warning, even if quiet.</summary>
    public void Warn(string line)
    {
        if (!IsSilent) error.WriteLine($"warning: {Printable.Of(line)}");
    }

    /// <summary>Prints names and values, one pair per line.</summary>
    public void Facts(IEnumerable<(string Name, string Value)> facts)
    {
        foreach (var (name, value) in facts) Note($"  {name,-14} {value}");
    }

    /// <summary>Runs work under a progress bar, or with a plain line every ten seconds.</summary>
    /// <param name="what">The name of what is counted.</param>
    /// <param name="total">The count at the end.</param>
    /// <param name="work">The work; it reports its progress and a line about it.</param>
    public T Progress<T>(string what, long total, Func<Action<long, string>, T> work)
    {
        if (quiet) return work((_, _) => { });
        if (!IsWatched)
        {
            var last = DateTime.MinValue;
            return work((done, line) =>
            {
                if (done < total && (DateTime.UtcNow - last).TotalSeconds < 10) return;
                last = DateTime.UtcNow;
                error.WriteLine(Printable.Of(string.Create(CultureInfo.InvariantCulture, $"{what} {done}/{total} {line}")));
            });
        }

        return notes.Progress().Columns(new TextOverBar(what, total)).Start(context =>
        {
            var bar = context.AddTask(TableText.Of(what), maxValue: Math.Max(1, total));
            return work((done, line) =>
            {
                bar.Value = done;
                bar.Description = TableText.Of(line.Length > 0 ? line : what);
            });
        });
    }

    /// <summary>Shows the progress of a download.</summary>
    public IProgress<DownloadProgress> Downloads()
    {
        var last = DateTime.MinValue;
        return new DirectProgress<DownloadProgress>(p =>
        {
            if (quiet) return;
            bool complete = p.Received == p.Total;
            if (!complete && (DateTime.UtcNow - last).TotalSeconds < (IsWatched ? 0.5 : 10)) return;
            last = DateTime.UtcNow;
            string size = p.Total is { } total ? $"{p.Received / 1e6:f1} of {total / 1e6:f1} MB" : $"{p.Received / 1e6:f1} MB";
            string line = $"{p.Stage.ToString().ToLowerInvariant()} {p.File} {size}";
            error.Write(IsWatched ? $"\r{line,-78}{(complete ? "\n" : "")}" : line + "\n");
        });
    }

    // A pipe has no width to wrap at, and colours are off in continuous-integration services.
    private static IAnsiConsole On(TextWriter writer, bool redirected)
    {
        bool plain = redirected || IsPlain;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Detect,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if (redirected) console.Profile.Width = 1000;
        return console;
    }

    // Beside a bar the text would not fit into the 80 columns of many terminals.
    private sealed class TextOverBar(string what, long total) : ProgressColumn
    {
        private readonly ProgressBarColumn bar = new();
        private readonly PercentageColumn percentage = new();

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            var count = new Text(string.Create(CultureInfo.InvariantCulture, $"{what} {task.Value:f0}/{total}"));
            IRenderable Of(ProgressColumn column) => column.Render(options, task, deltaTime);
            return new Rows(new Markup(task.Description), new Grid().AddColumns(3).AddRow(Of(bar), Of(percentage), count));
        }
    }
}
