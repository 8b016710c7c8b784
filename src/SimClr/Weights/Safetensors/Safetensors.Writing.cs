using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using SimClr.IO;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Weights;

public static partial class Safetensors
{
    private const string MetadataKey = "__metadata__";

    /// <summary>Writes tensors to a file, atomically. An existing file is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors, of any layout, on any device. Their elements are written in row-major order.</param>
    /// <param name="metadata">Texts for the header; by default none.</param>
    /// <exception cref="ArgumentException">The format does not support a dtype or a name. The message names the tensor.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, file => Write(file, tensors, metadata));

    /// <summary>
    /// Writes tensors to a stream, from its position on. It holds a copy of at most one tensor in memory, and only if that one is not
    /// contiguous or not on the CPU.
    /// </summary>
    /// <param name="stream">It need not be able to seek.</param>
    /// <param name="tensors">The tensors, of any layout, on any device. Their elements are written in row-major order.</param>
    /// <param name="metadata">Texts for the header; by default none.</param>
    /// <exception cref="ArgumentException">The format does not support a dtype or a name. The message names the tensor.</exception>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        foreach (var (name, tensor) in tensors) CheckWritable(name, tensor);
        var ordered =
            tensors.OrderByDescending(t => SafetensorsTypes.Rank(t.Value.dtype)).ThenBy(t => t.Key, StringComparer.Ordinal).ToList();

        var header = HeaderOf(ordered, metadata);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var (_, tensor) in ordered)
        {
            using var scope = NewDisposeScope();
            foreach (var piece in TensorChunks.Of(tensor.detach().cpu().contiguous()))
                stream.Write(piece.bytes);
        }
    }

    private static void CheckWritable(string name, Tensor tensor)
    {
        if (name == MetadataKey)
            throw new ArgumentException(
                $"'{MetadataKey}' cannot be a tensor's name: the safetensors format keeps it for the metadata.", nameof(tensor));
        if (SafetensorsTypes.Rank(tensor.dtype) < 0)
            throw new ArgumentException(
                $"Tensor '{name}' is of type {tensor.dtype}; safetensors files here hold {SafetensorsTypes.Names}.", nameof(tensor));
    }

    private static byte[] HeaderOf(List<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var (name, tensor) in tensors)
            {
                var (type, _, size) = SafetensorsTypes.At(SafetensorsTypes.Rank(tensor.dtype));
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                WriteNumbers(json, "shape", tensor.shape);
                WriteNumbers(json, "data_offsets", offset, offset += tensor.NumberOfElements * size);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        if (buffer.Length > MaxHeaderBytes)
            throw new ArgumentException($"The header of {tensors.Count} tensors would take {buffer.Length} bytes; the safetensors " +
                $"format allows {MaxHeaderBytes}.", nameof(tensors));
        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, params ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
