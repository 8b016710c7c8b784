namespace SimClr.Images;

/// <summary>The rows of an image that is already in memory.</summary>
/// <param name="pixels">(H, W, C) values, as stored.</param>
internal sealed class MemoryRows(ReadOnlyMemory<byte> pixels) : ImageRows
{
    /// <inheritdoc/>
    public override void Read(int y, Span<byte> row) => pixels.Span.Slice(y * row.Length, row.Length).CopyTo(row);
}
