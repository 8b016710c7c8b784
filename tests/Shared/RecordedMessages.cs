namespace SimClr.Tests;

/// <summary>Records the messages of a run, in order; warnings begin with an exclamation mark.</summary>
internal sealed class RecordedMessages : IMessages
{
    public List<string> Lines { get; } = [];

    public void Note(string text) => Lines.Add(text);

    public void Warn(string text) => Lines.Add("! " + text);

    public T Progress<T>(string what, long total, Func<Action<long, string>, T> work) => work((_, _) => { });
}
