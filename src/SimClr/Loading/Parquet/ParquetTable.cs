using System.Runtime.InteropServices;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace SimClr.Loading;

/// <summary>A Parquet file with a column of images: its footer, and its columns row group by row group.</summary>
internal sealed class ParquetTable
{
    private readonly DataField bytes;
    private readonly DataField? path, label;

    private ParquetTable(string file, ParquetReader reader, ParquetColumns columns)
    {
        File = file;
        var features = HuggingFaceFeatures.Of(reader.CustomMetadata);
        var found = new ParquetFields(file, reader.Schema, features, columns);
        (bytes, path, label, ImageColumn) = (found.Bytes, found.Path, found.Label, found.ImageName);
        Names = found.LabelName is { } name ? features.Labels.GetValueOrDefault(name) : null;
        Starts = new int[reader.RowGroupCount + 1];
        for (int group = 0; group < reader.RowGroupCount; group++)
            Starts[group + 1] = checked(Starts[group] + (int)reader.RowGroups[group].RowCount);
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
        using var stream = System.IO.File.OpenRead(file);
        return Guarded($"{file} is not a Parquet file, or is damaged", () =>
        {
            var reader = ParquetReader.CreateAsync(stream, leaveStreamOpen: true).GetAwaiter().GetResult();
            try
            {
                return new ParquetTable(file, reader, columns);
            }
            finally
            {
                reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        });
    }

    /// <summary>The images and their paths in a row group; null where the file has none.</summary>
    /// <exception cref="InvalidDataException">The row group is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public (byte[]?[] Bytes, string?[] Paths) ReadImages(int group) => Read(group, reader =>
        (Column<ReadOnlyMemory<byte>, byte[]>(reader, bytes, Array),
            path is null ? new string?[Starts[group + 1] - Starts[group]]
                : Column<ReadOnlyMemory<char>, string>(reader, path, value => value.ToString())));

    // The reader of the format makes an array for each value, which is ours.
    private static byte[] Array(ReadOnlyMemory<byte> value) =>
        MemoryMarshal.TryGetArray(value, out var own) && own.Count == own.Array!.Length ? own.Array : value.ToArray();

    /// <summary>The labels in a row group: a <see cref="long"/> or a <see cref="string"/>, or null.</summary>
    /// <exception cref="InvalidDataException">The row group is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public object?[] ReadLabels(int group) => Read(group, reader => Labels(reader, label!));

    private static object?[] Labels(ParquetRowGroupReader reader, DataField field)
    {
        object?[] Whole<T>() where T : unmanaged => Column<T, object>(reader, field, value => Convert.ToInt64(value, null));
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
            _ => Column<ReadOnlyMemory<char>, object>(reader, field, value => value.ToString()),
        };
    }

    private T Read<T>(int group, Func<ParquetRowGroupReader, T> read)
    {
        using var stream = System.IO.File.OpenRead(File);
        return Guarded($"{File}, row group {group} (from row {Starts[group]}) is damaged", () =>
        {
            var reader = ParquetReader.CreateAsync(stream, leaveStreamOpen: true).GetAwaiter().GetResult();
            try
            {
                using var rows = reader.OpenRowGroupReader(group);
                return read(rows);
            }
            finally
            {
                reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        });
    }

    // Only values that are present are stored; the definition levels say of each row whether it has one.
    private static TResult?[] Column<T, TResult>(ParquetRowGroupReader reader, DataField field, Func<T, TResult> get)
        where T : struct where TResult : class
    {
        using var raw = (RawColumnData<T>)reader.ReadRawColumnDataBaseAsync(field).AsTask().GetAwaiter().GetResult();
        var values = raw.Values;
        var levels = field.MaxDefinitionLevel == 0 ? default : raw.DefinitionLevels; // a column that is required has none
        var rows = new TResult?[checked((int)reader.RowCount)];
        for (int row = 0, next = 0; row < rows.Length; row++)
        {
            if (levels.IsEmpty || levels[row] == field.MaxDefinitionLevel) rows[row] = get(values[next++]);
        }
        return rows;
    }

    // The reader of the format throws exceptions of many kinds for bytes that are wrong.
    private static T Guarded<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (ConfigurationException or InvalidDataException or OutOfMemoryException))
        {
            throw new InvalidDataException($"{what}: {e.Message}", e);
        }
    }
}
