namespace SimClr.Fuzz.Readers;

/// <summary>A file was read, and the result violates a guarantee.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message)
{
    /// <summary>Throws if a guarantee does not hold.</summary>
    public static void Unless(bool holds, string promise)
    {
        if (!holds) throw new BrokenPromiseException(promise);
    }
}
