using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>Reads a matrix of float16, float32 or float64 from an NPY file, some rows at a time.</summary>
/// <remarks>One thread at a time.</remarks>
public sealed class NpyReader : IDisposable
{
    private readonly FileStream file;
    private readonly string path;

    /// <summary>Opens a complete file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">
    /// The file is not such an NPY file (<see cref="NpyHeader.Read"/>), or its length does not match its header.
    /// </exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public NpyReader(string path)
    {
        this.path = path;
        file = RegularFile.OpenRead(path);
        try
        {
            Header = NpyHeader.Read(file, path);
            if (file.Length != Header.FileBytes)
                throw new InvalidDataException($"{path} is {(file.Length < Header.FileBytes ? "cut off" : "too long")}: it has " +
                    $"{file.Length} bytes, and its header promises {Header.FileBytes}.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>M, D and the dtype.</summary>
    public NpyHeader Header { get; }

    /// <summary>Reads rows.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="values">
    /// A multiple of D numbers; receives the rows. float16 is converted exactly, float64 to the nearest float32.
    /// </param>
    /// <exception cref="ArgumentException">The length is not a multiple of D, or the rows extend beyond the last.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Read(long first, Span<float> values)
    {
        var (rows, rest) = Math.DivRem(values.Length, Header.Columns);
        if (rest != 0 || first < 0 || first + rows > Header.Rows)
            throw new ArgumentException($"{path} has {Header.Rows} rows of {Header.Columns}; {values.Length} numbers from row {first} " +
                $"on are not there.", nameof(values));
        file.Position = Header.RowOffset(first);
        if (Header.NumberBytes == 4) file.ReadExactly(MemoryMarshal.AsBytes(values));
        else if (Header.IsHalf) Read<Half>(values, TensorPrimitives.ConvertToSingle);
        else Read<double>(values, TensorPrimitives.ConvertTruncating);
    }

    private void Read<T>(Span<float> values, Conversion<T> convert) where T : unmanaged
    {
        var numbers = ArrayPool<T>.Shared.Rent(values.Length);
        try
        {
            var stored = numbers.AsSpan(0, values.Length);
            file.ReadExactly(MemoryMarshal.AsBytes(stored));
            convert(stored, values);
        }
        finally
        {
            ArrayPool<T>.Shared.Return(numbers);
        }
    }

    private delegate void Conversion<T>(ReadOnlySpan<T> from, Span<float> to);

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();
}
