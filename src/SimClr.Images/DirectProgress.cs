namespace SimClr;

/// <summary>
/// Reports progress at once, in order, on the thread that works. <see cref="Progress{T}"/> reports later, on other threads.
/// </summary>
/// <typeparam name="T">The type of a report.</typeparam>
/// <param name="report">Called for each value. Calls from several threads come one after the other.</param>
public sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    private readonly Lock one = new();

    /// <inheritdoc/>
    public void Report(T value)
    {
        lock (one) report(value);
    }
}
