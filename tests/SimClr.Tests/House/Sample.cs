using System.Diagnostics.CodeAnalysis;

namespace SimClr.Tests.House;

/// <summary>Something of each kind, for the test of the list.</summary>
[SuppressMessage("Design", "CA1063", Justification = "A sample of shapes: it owns nothing.")]
[SuppressMessage("Usage", "CA1816", Justification = "A sample of shapes: it owns nothing.")]
public abstract class SampleBase : IDisposable
{
    public const int Limit = 3;

    protected SampleBase() => Hidden = new object();

    protected SampleBase(int size) : this() => Hidden = size;

    internal object Hidden { get; private set; }

    public static bool Make<T>(out T made, params ReadOnlySpan<long> sizes) where T : new()
    {
        made = new T();
        return sizes.Length > 0;
    }

    public void Dispose() => Hidden = 0;

    protected abstract string? Think(IReadOnlyList<string?> words, int? count = null, string? name = "x");
}

/// <summary>An enumeration with a type and values of its own.</summary>
[SuppressMessage("Design", "CA1028", Justification = "The list must show the type.")]
public enum SampleKind : byte
{
    None,
    Some = 7,
}

/// <summary>A record: what the compiler adds is not in the list.</summary>
public sealed record SampleRecord((int Count, double[] Values) Pair)
{
    public double? Width { get; set; }
}
