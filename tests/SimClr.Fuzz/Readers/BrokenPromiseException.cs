namespace SimClr.Fuzz.Readers;

/// <summary>A file was read, and what came out of it cannot be.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message)
{
    /// <summary>Throws where a promise does not hold.</summary>
    public static void Unless(bool holds, string promise)
    {
        if (!holds) throw new BrokenPromiseException(promise);
    }
}
