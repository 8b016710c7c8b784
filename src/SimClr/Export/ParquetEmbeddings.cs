using Parquet;
using Parquet.Schema;
using SimClr.Datasets;

namespace SimClr.Export;

/// <summary>
/// Writes embeddings to a Parquet file with the columns <c>file</c> (string), <c>label</c> (int32 or null), <c>class</c> (string or null),
/// <c>damaged</c> (bool), for tiles of larger pictures <c>source</c> (string or null), <c>x</c> and <c>y</c> (int32 or null), and
/// <c>embedding</c> (list of D float32). pandas and polars read it directly.
/// </summary>
/// <remarks>
/// A row group has about four million numbers, so memory does not grow with the file. Parquet.Net writes no float16. It also takes the
/// least and the greatest text of a row group in the order of UTF-16, where the format has that of UTF-8: a query by a text can find
/// nothing if the texts have both characters beyond U+FFFF (emoji) and characters from U+E000 to U+FFFF (full-width letters). One thread
/// at a time.
/// </remarks>
public sealed class ParquetEmbeddings : IDisposable
{
    private const int GroupNumbers = 1 << 22;

    private readonly DataField<string> fileField = new("file", false), classField = new("class", true);
    private readonly DataField<int?> labelField = new("label"), xField = new("x"), yField = new("y");
    private readonly DataField<string> sourceField = new("source", true);
    private readonly DataField<bool> damagedField = new("damaged");
    private readonly DataField<float> numberField = new(ListField.ElementName);
    private readonly ParquetWriter writer;
    private readonly int dimensions;
    private readonly float[] values;      // (G, D)
    private readonly bool hasTiles;
    private readonly List<(string File, int Label, string? Class, bool Damaged, ImageTile? Tile)> rows = [];

    /// <summary>Begins a file.</summary>
    /// <param name="stream">The output; it must be able to seek; borrowed.</param>
    /// <param name="dimensions">D, at least 1.</param>
    /// <param name="hasTiles">Whether the file has the columns of tiles. Default: no.</param>
    public ParquetEmbeddings(Stream stream, int dimensions, bool hasTiles = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        (this.dimensions, this.hasTiles) = (dimensions, hasTiles);
        values = new float[Math.Max(1, GroupNumbers / dimensions) * dimensions];
        Field[] tiles = hasTiles ? [sourceField, xField, yField] : [];
        var schema = new ParquetSchema(
            [fileField, labelField, classField, damagedField, .. tiles, new ListField("embedding", numberField)]);
        writer = ParquetWriter.CreateAsync(schema, stream).GetAwaiter().GetResult();
    }

    /// <summary>Adds a row.</summary>
    /// <param name="file">The image.</param>
    /// <param name="label">−1 for none: null in the file.</param>
    /// <param name="className">Null for none.</param>
    /// <param name="damaged">Whether the image could not be read.</param>
    /// <param name="embedding">D numbers.</param>
    /// <param name="tile">The place in a larger picture; written only if the file has these columns. Null for none.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Write(string file, int label, string? className, bool damaged, ReadOnlySpan<float> embedding, ImageTile? tile = null)
    {
        if (embedding.Length != dimensions)
            throw new ArgumentException($"An embedding of this file has {dimensions} numbers, not {embedding.Length}.", nameof(embedding));
        embedding.CopyTo(values.AsSpan(rows.Count * dimensions));
        rows.Add((file, label, className, damaged, tile));
        if (rows.Count * dimensions == values.Length) WriteGroup().GetAwaiter().GetResult();
    }

    /// <summary>
    /// Writes the remaining rows and the footer, without which the file cannot be read. No other call may follow except
    /// <see cref="Dispose"/>.
    /// </summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Complete()
    {
        if (rows.Count > 0) WriteGroup().GetAwaiter().GetResult();
        writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private async Task WriteGroup()
    {
        int count = rows.Count * dimensions;
        var repetition = new int[count]; // 0 begins a list, 1 continues it
        Array.Fill(repetition, 1);
        for (int i = 0; i < count; i += dimensions) repetition[i] = 0;
        var definition = new int[count]; // every list and every number is present
        Array.Fill(definition, numberField.MaxDefinitionLevel);

        using var group = writer.CreateRowGroup();
        await group.WriteAsync(fileField, [.. rows.Select(row => row.File)]);
        await group.WriteAsync<int>(labelField, rows.Select(row => row.Label < 0 ? (int?)null : row.Label).ToArray());
        await group.WriteAsync(classField, [.. rows.Select(row => row.Class)]);
        await group.WriteAsync<bool>(damagedField, rows.Select(row => row.Damaged).ToArray());
        if (hasTiles)
        {
            await group.WriteAsync(sourceField, [.. rows.Select(row => row.Tile?.Source)]);
            await group.WriteAsync<int>(xField, rows.Select(row => row.Tile?.X).ToArray());
            await group.WriteAsync<int>(yField, rows.Select(row => row.Tile?.Y).ToArray());
        }
        await group.WriteAllPartsAsync<float>(numberField, values.AsMemory(0, count), definition, repetition, CancellationToken.None);
        group.CompleteValidate();
        rows.Clear();
    }

    /// <summary>Writes nothing more. A file that was not completed has no footer.</summary>
    public void Dispose() => rows.Clear();
}
