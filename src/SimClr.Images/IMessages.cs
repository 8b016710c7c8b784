namespace SimClr;

/// <summary>
/// Receives what long work has to say: notes, warnings, progress. The libraries write to no console; the program's messages is one implementation.
/// Calls come from the thread that works, warnings from any thread.
/// </summary>
public interface IMessages
{
    /// <summary>Receives everything and shows nothing.</summary>
    static IMessages None { get; } = new Silence();

    /// <summary>Warnings, for what reports them one by one.</summary>
    IProgress<string> Warnings => new DirectProgress<string>(Warn);

    /// <summary>Something worth knowing.</summary>
    /// <param name="text">One line.</param>
    void Note(string text);

    /// <summary>Something that may be wrong.</summary>
    /// <param name="text">One line.</param>
    void Warn(string text);

    /// <summary>Names and values, a note each.</summary>
    void Facts(IEnumerable<(string Name, string Value)> facts)
    {
        foreach (var (name, value) in facts) Note($"  {name,-14} {value}");
    }

    /// <summary>Runs work that says how far it is.</summary>
    /// <typeparam name="T">Of the result.</typeparam>
    /// <param name="what">What is counted: <c>images</c>, <c>step</c>.</param>
    /// <param name="total">The count at the end.</param>
    /// <param name="work">Called once, with an action that takes the count so far and a line about it.</param>
    /// <returns>The work's.</returns>
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
