namespace SimClr.Tests;

/// <summary>Keeps what long work says, in order; a warning after an exclamation mark.</summary>
internal sealed class RecordedMessages : IMessages
{
    public List<string> Lines { get; } = [];

    public void Note(string text) => Lines.Add(text);

    public void Warn(string text) => Lines.Add("! " + text);

    public T Progress<T>(string what, long total, Func<Action<long, string>, T> work) => work((_, _) => { });
}
