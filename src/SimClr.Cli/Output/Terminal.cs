using System.Globalization;
using SimClr.Data;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SimClr.Cli.Output;

/// <summary>What a person sees: results on stdout; progress, notes and warnings on stderr, so that a pipe gets results alone.</summary>
internal sealed class Terminal
{
    private readonly TextWriter output = Console.Out, error = Console.Error;
    private readonly IAnsiConsole results = AnsiConsole.Console;
    private readonly IAnsiConsole notes = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public Terminal()
    {
        if (!results.Profile.Out.IsTerminal) results.Profile.Width = 1000; // a pipe gets a row of a table on one line
    }

    /// <summary>Whether somebody watches: bars are drawn on a terminal, plain lines elsewhere.</summary>
    public bool IsWatched => notes.Profile.Out.IsTerminal;

    /// <summary>Warnings of the library, as they come.</summary>
    public IProgress<string> Warnings => new Reporter<string>(warning => Note($"warning: {warning}"));

    public void Result(IRenderable what) => results.Write(what);

    public void Result(string line) => output.WriteLine(line);

    public void Note(string line) => error.WriteLine(line);

    /// <summary>Names and values under each other.</summary>
    public void Facts(IEnumerable<(string Name, string Value)> facts)
    {
        foreach (var (name, value) in facts) error.WriteLine($"  {name,-14} {value}");
    }

    /// <summary>Runs something under a progress bar, or with a plain line every ten seconds.</summary>
    /// <param name="what">What it is called.</param>
    /// <param name="total">Where it ends.</param>
    /// <param name="work">Reports how far it is, and a line about it.</param>
    public T Progress<T>(string what, long total, Func<Action<long, string>, T> work)
    {
        if (!IsWatched)
        {
            var last = DateTime.MinValue;
            return work((done, line) =>
            {
                if (done < total && (DateTime.UtcNow - last).TotalSeconds < 10) return;
                last = DateTime.UtcNow;
                error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {done}/{total} {line}"));
            });
        }

        return notes.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var bar = context.AddTask(what.EscapeMarkup(), maxValue: Math.Max(1, total));
                return work((done, line) =>
                {
                    bar.Value = done;
                    bar.Description = $"{what} {line}".EscapeMarkup();
                });
            });
    }

    /// <summary>Downloads with progress.</summary>
    public async Task<string> DownloadAsync(Func<IProgress<DownloadProgress>, Task<string>> download)
    {
        var last = DateTime.MinValue;
        return await download(new Reporter<DownloadProgress>(p =>
        {
            bool complete = p.Received == p.Total;
            if (!complete && (DateTime.UtcNow - last).TotalSeconds < (IsWatched ? 0.5 : 10)) return;
            last = DateTime.UtcNow;
            string size = p.Total is { } total ? $"{p.Received / 1e6:f1} of {total / 1e6:f1} MB" : $"{p.Received / 1e6:f1} MB";
            string line = $"{p.Stage.ToString().ToLowerInvariant()} {p.File} {size}";
            error.Write(IsWatched ? $"\r{line,-78}{(complete ? "\n" : "")}" : line + "\n");
        }));
    }

    // Progress<T> reports on other threads, later and out of order; this does it at once.
    private sealed class Reporter<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value)
        {
            lock (this) report(value);
        }
    }
}
