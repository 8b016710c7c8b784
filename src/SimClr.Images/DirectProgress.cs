namespace SimClr;

/// <summary>Progress that is reported at once, on the thread that works and in order. <see cref="Progress{T}"/> reports later, on other threads.</summary>
/// <typeparam name="T">Of what is reported.</typeparam>
/// <param name="report">Called for each value; by several threads one after the other.</param>
public sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    private readonly Lock one = new();

    /// <inheritdoc/>
    public void Report(T value)
    {
        lock (one) report(value);
    }
}
