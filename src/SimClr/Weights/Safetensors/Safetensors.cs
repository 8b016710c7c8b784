using SimClr.IO;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>
/// Reads and writes safetensors files: eight bytes with the length of the header (little-endian), a JSON header, the tensors' bytes. Such a
/// file contains only data; reading one executes nothing.
/// </summary>
/// <remarks>
/// Source: the format section of github.com/huggingface/safetensors. Element types: float32/64/16, bfloat16, int8/16/32/64, uint8 and bool.
/// The layout is that of the reference implementation: wider element types first, then by name (ordinal); the header is padded with spaces
/// to a multiple of 8. So every tensor is aligned to its element size, and the same tensors always give the same bytes.
/// </remarks>
public static partial class Safetensors
{
    /// <summary>The largest header in bytes: the limit of the reference implementation.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    /// <summary>Reads the names, dtypes, shapes and metadata of a file, but no tensors. Needs no libtorch.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="InvalidDataException">
    /// The file violates the format. The message names the file and the tensor or the offset.
    /// </exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SafetensorsHeader ReadHeader(string path)
    {
        using var file = RegularFile.OpenRead(path);
        return ReadHeader(file, path);
    }

    /// <summary>
    /// Reads the header of a stream, from its position to its end. Afterwards the stream is at the first byte after the header.
    /// </summary>
    /// <param name="stream">A stream that can seek.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <exception cref="InvalidDataException">The data violates the format.</exception>
    public static SafetensorsHeader ReadHeader(Stream stream, string name)
    {
        long start = stream.Position, available = stream.Length - start;
        Span<byte> prefix = stackalloc byte[8];
        if (available < prefix.Length)
            throw new InvalidDataException(
                $"{name} is not a safetensors file: it has {available} bytes, and the header's length alone takes 8.");
        stream.ReadExactly(prefix);
        ulong length = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderBytes || (long)length > available - prefix.Length)
            throw new InvalidDataException($"{name} is not a safetensors file, or is cut short: offset 0 announces a header of " +
                $"{length} bytes, and {available - prefix.Length} bytes follow (at most {MaxHeaderBytes} are allowed).");
        var json = new byte[length];
        stream.ReadExactly(json);
        return ParseHeader(json, start, available, name);
    }

    /// <summary>Reads the tensors of a file by name.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="unread">
    /// Receives the names of tensors with unsupported types, with their kind (<c>of type F8_E4M3</c>); they are left out. Null: such a
    /// tensor is an error.
    /// </param>
    /// <returns>The tensors, on the CPU, contiguous, without gradient; owned by the caller.</returns>
    /// <exception cref="InvalidDataException">
    /// The file violates the format. The message names the file and the tensor or the offset.
    /// </exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path, IDictionary<string, string>? unread = null)
    {
        using var file = RegularFile.OpenRead(path);
        return Read(file, path, unread);
    }

    /// <summary>Reads the tensors of a stream, from its position to its end.</summary>
    /// <param name="stream">A stream that can seek.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <param name="unread">As for a file.</param>
    /// <returns>The tensors, on the CPU, contiguous, without gradient; owned by the caller.</returns>
    /// <exception cref="InvalidDataException">The data violates the format.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(Stream stream, string name, IDictionary<string, string>? unread = null)
    {
        var header = ReadHeader(stream, name);
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        foreach (var entry in header.Tensors)
        {
            if (entry.Type is not { } type)
            {
                if (unread is null)
                    throw new InvalidDataException($"{name}: tensor '{Excerpt.Of(entry.Name)}' is of type " +
                        $"\"{Excerpt.Of(entry.TypeName)}\"; known are {SafetensorsTypes.Names}.");
                unread[entry.Name] = $"of type {Excerpt.Of(entry.TypeName)}";
                stream.Seek(entry.ByteCount, SeekOrigin.Current);
                continue;
            }
            var tensor = empty([.. entry.Shape], type);
            long offset = entry.Offset;
            foreach (var piece in TensorChunks.Of(tensor))
            {
                var bytes = piece.bytes;
                stream.ReadExactly(bytes);
                if (type == ScalarType.Bool && bytes.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at)
                    throw new InvalidDataException($"{name}: tensor '{Excerpt.Of(entry.Name)}' is of type BOOL, and its byte at " +
                        $"offset {offset + at} is {bytes[at]} instead of 0 or 1.");
                offset += bytes.Length;
            }
            tensors.Add(entry.Name, tensor);
        }
        foreach (var tensor in tensors.Values) _ = tensor.MoveToOuterDisposeScope();
        return tensors;
    }
}
