namespace SimClr;

/// <summary>
/// Receives the notes, warnings and progress of long work. The libraries never write to the console; the program implements this interface.
/// Notes and progress come from the thread that works, warnings from any thread.
/// </summary>
public interface IMessages
{
    /// <summary>Ignores everything.</summary>
    static IMessages None { get; } = new Silence();

    /// <summary>Passes each reported text to <see cref="Warn"/>.</summary>
    IProgress<string> Warnings => new DirectProgress<string>(Warn);

    /// <summary>Reports something worth knowing.</summary>
    /// <param name="text">One line.</param>
    void Note(string text);

    /// <summary>Reports something that may be wrong.</summary>
    /// <param name="text">One line.</param>
    void Warn(string text);

    /// <summary>Reports names and values, one note each.</summary>
    /// <param name="facts">In the order in which they are shown.</param>
    void Facts(IEnumerable<(string Name, string Value)> facts)
    {
        foreach (var (name, value) in facts) Note($"  {name,-14} {value}");
    }

    /// <summary>Runs work that reports its progress.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="what">What is counted: <c>images</c>, <c>step</c>.</param>
    /// <param name="total">The count at the end.</param>
    /// <param name="work">Called once, with an action that takes the count so far and a line about it.</param>
    /// <returns>The result of the work.</returns>
    T Progress<T>(string what, long total, Func<Action<long, string>, T> work);

    private sealed class Silence : IMessages
    {
        public void Note(string text)
        {
        }

        public void Warn(string text)
        {
        }

        public T Progress<T>(string what, long total, Func<Action<long, string>, T> work) => work((_, _) => { });
    }
}
