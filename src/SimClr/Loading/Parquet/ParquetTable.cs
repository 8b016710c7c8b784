using System.Runtime.InteropServices;
using Parquet;
using Parquet.Schema;
using SimClr.IO;

namespace SimClr.Loading;

/// <summary>A Parquet file with a column of images: its footer, and its columns row group by row group.</summary>
internal sealed class ParquetTable
{
    private const int FreeRows = 1 << 20, NoNumber = unchecked((int)0x80131620); // COR_E_IO
    private readonly DataField bytes;
    private readonly DataField? path, label;

    private ParquetTable(string file, ParquetSchema schema, HuggingFaceFeatures features, ParquetColumns columns, int[] starts)
    {
        File = file;
        var found = new ParquetFields(file, schema, features, columns);
        (bytes, path, label, ImageColumn) = (found.Bytes, found.Path, found.Label, found.ImageName);
        Names = found.LabelName is { } name ? features.Labels.GetValueOrDefault(name) : null;
        Starts = starts;
    }

    /// <summary>The path.</summary>
    public string File { get; }

    /// <summary>The name of the column of images.</summary>
    public string ImageColumn { get; }

    /// <summary>The names of the classes by label; null if the metadata has none.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <summary>Whether there is a column of labels.</summary>
    public bool HasLabels => label is not null;

    /// <summary>The first row of each row group, and at the end the number of rows.</summary>
    public int[] Starts { get; }

    /// <summary>Reads the footer.</summary>
    /// <exception cref="InvalidDataException">It is no Parquet file, or has no such columns.</exception>
    /// <exception cref="ConfigurationException">A column must be chosen, or the chosen one does not exist.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ParquetTable Open(string file, ParquetColumns columns)
    {
        var (schema, features, starts) = Read(file, $"{file} cannot be read as a Parquet file", (reader, stream) =>
            (reader.Schema, HuggingFaceFeatures.Of(reader.CustomMetadata), StartsOf(reader, stream.Length)));
        return new ParquetTable(file, schema, features, columns, starts);
    }

    // A row without its own bytes is possible, and each row takes memory.
    private static int[] StartsOf(ParquetReader reader, long length)
    {
        int[] starts = new int[reader.RowGroupCount + 1];
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            long rows = reader.RowGroups[group].RowCount, most = Math.Min(length + FreeRows, int.MaxValue) - starts[group];
            if (rows < 0 || rows > most) throw new InvalidDataException($"row group {group} cannot have {rows} rows");
            starts[group + 1] = starts[group] + (int)rows;
        }
        return starts;
    }

    /// <summary>The images and their paths in a row group; null where the file has none.</summary>
    /// <exception cref="InvalidDataException">The row group is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public (byte[]?[] Bytes, string?[] Paths) ReadImages(int group) => ReadGroup(group, rows =>
        (rows.Column<ReadOnlyMemory<byte>, byte[]>(bytes, Array),
            path is null ? new string?[rows.Count] : rows.Column<ReadOnlyMemory<char>, string>(path, value => value.ToString())));

    // The reader of the format makes an array for each value, which is ours.
    private static byte[] Array(ReadOnlyMemory<byte> value) =>
        MemoryMarshal.TryGetArray(value, out var own) && own.Count == own.Array!.Length ? own.Array : value.ToArray();

    /// <summary>
    /// The labels in a row group: a <see cref="long"/>, a <see cref="string"/>, a <see cref="double"/> that is not whole, or null.
    /// </summary>
    /// <exception cref="InvalidDataException">The row group is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public object?[] ReadLabels(int group) => ReadGroup(group, rows => Labels(rows, label!));

    private static object?[] Labels(Rows rows, DataField field)
    {
        object?[] Whole<T>() where T : unmanaged => rows.Column<T, object>(field, value => Convert.ToInt64(value, null));
        // pandas makes a column of whole numbers real when a number is missing, and the missing ones NaN.
        object?[] Real<T>() where T : unmanaged => rows.Column<T, object>(field, value => Convert.ToDouble(value, null) switch
        {
            double.NaN => null,
            var label when Math.Truncate(label) == label && Math.Abs(label) < long.MaxValue => (long)label,
            var label => label,
        });
        return Type.GetTypeCode(field.ClrType) switch
        {
            TypeCode.Int64 => Whole<long>(),
            TypeCode.Int32 => Whole<int>(),
            TypeCode.Int16 => Whole<short>(),
            TypeCode.SByte => Whole<sbyte>(),
            TypeCode.Byte => Whole<byte>(),
            TypeCode.UInt16 => Whole<ushort>(),
            TypeCode.UInt32 => Whole<uint>(),
            TypeCode.UInt64 => Whole<ulong>(),
            TypeCode.Boolean => Whole<bool>(),
            TypeCode.Single => Real<float>(),
            TypeCode.Double => Real<double>(),
            _ => rows.Column<ReadOnlyMemory<char>, object>(field, value => value.ToString()),
        };
    }

    private T ReadGroup<T>(int group, Func<Rows, T> read) =>
        Read(File, $"{File}, row group {group} (from row {Starts[group]}) cannot be read", (reader, stream) =>
            read(new Rows(stream, reader.OpenRowGroupReader(group), Starts[group + 1] - Starts[group])));

    // The reader of the format throws exceptions of many kinds for bytes that are wrong. An error of the disk has a number of its own.
    private static T Read<T>(string file, string what, Func<ParquetReader, ParquetStream, T> read)
    {
        using var stream = new ParquetStream(RegularFile.OpenRead(file));
        try
        {
            ParquetStructure.CheckFooter(stream);
            var reader = ParquetReader.CreateAsync(stream, leaveStreamOpen: true).GetAwaiter().GetResult();
            return read(reader, stream);
        }
        catch (Exception e) when (e is not OutOfMemoryException and (not IOException or EndOfStreamException or { HResult: NoNumber }))
        {
            throw new InvalidDataException($"{what}: {e.Message}", e);
        }
    }

    // The columns of a row group.
    private sealed record Rows(ParquetStream Stream, ParquetRowGroupReader Reader, int Count)
    {
        // Only values that are present are stored; the definition levels say of each row whether it has one. A required column has none.
        public TResult?[] Column<T, TResult>(DataField field, Func<T, TResult?> get) where T : struct where TResult : class
        {
            var chunk = Reader.GetMetadata(field)?.MetaData ?? throw new InvalidDataException($"it lacks the column {field.Path}");
            if (Reader.RowCount != Count || chunk.NumValues != Count)
                throw new InvalidDataException($"the column {field.Path} has {chunk.NumValues} values in {Count} rows");
            ParquetPages.Check(Stream, chunk);
            var values = new T[Count];
            int[]? levels = field.MaxDefinitionLevel > 0 ? new int[Count] : null;
            Reader.ReadRawAsync<T>(field, values, levels?.AsMemory(), null).AsTask().GetAwaiter().GetResult();
            var rows = new TResult?[Count];
            for (int row = 0, next = 0; row < Count; row++)
            {
                if (levels is null || levels[row] == field.MaxDefinitionLevel) rows[row] = get(values[next++]);
            }
            return rows;
        }
    }
}
