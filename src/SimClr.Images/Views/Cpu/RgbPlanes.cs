using System.Runtime.CompilerServices;

namespace SimClr.Views;

/// <summary>
/// Three planes of floats. A plane is a number of lines, each padded to whole registers, with a margin before the first and after the last.
/// A line may be a row or a column of the view; the caller decides.
/// </summary>
internal sealed class RgbPlanes
{
    private readonly int lines, margin;
    private readonly AlignedFloats memory;

    /// <summary>Planes filled with zeros.</summary>
    /// <param name="lines">Lines per plane.</param>
    /// <param name="length">Floats per line, without padding.</param>
    /// <param name="lanes">Floats per register.</param>
    /// <param name="margin">Lines before the first and after the last.</param>
    public RgbPlanes(int lines, int length, int lanes, int margin)
    {
        Stride = (length + lanes - 1) / lanes * lanes;
        (this.lines, this.margin) = (lines, margin);
        memory = new AlignedFloats(3 * Distance);
    }

    /// <summary>Floats from one line to the next.</summary>
    public int Stride { get; }

    /// <summary>Floats from one plane to the next.</summary>
    public int Distance => (lines + 2 * margin) * Stride;

    /// <summary>The three planes, without margins.</summary>
    public RgbSpans Spans => new(Plane(0), Plane(1), Plane(2));

    /// <summary>The first float of a channel's first line. The margin before it has negative offsets.</summary>
    public ref float First(int channel) => ref Unsafe.Add(ref memory.First, channel * Distance + margin * Stride);

    /// <summary>A channel, without margins.</summary>
    public Span<float> Plane(int channel) => memory.Slice(channel * Distance + margin * Stride, lines * Stride);
}
