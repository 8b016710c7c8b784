using SimClr.IO;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>
/// Reads a TensorFlow checkpoint in the V2 format (a "tensor bundle"). <c>PREFIX.index</c> lists the tensors, and
/// <c>PREFIX.data-00000-of-0000N</c> contain their bytes. Such files contain only data; reading one executes nothing.
/// </summary>
/// <remarks>
/// Source: tensor_bundle.proto, tensor_bundle.cc and types.proto of github.com/tensorflow/tensorflow. Element types: float32/64/16,
/// bfloat16, int32/64, little-endian. Every offset is checked when the checkpoint is opened, and every checksum when its bytes are read.
/// Needs no libtorch before <see cref="Read"/>. Every call opens its own file: safe to read from several threads at once.
/// </remarks>
public sealed partial class TensorFlowCheckpoint
{
    private readonly string prefix, index;
    private readonly Dictionary<string, TensorFlowVariable> variables = new(StringComparer.Ordinal);
    private int shards;

    private TensorFlowCheckpoint(string prefix) => (this.prefix, index) = (prefix, prefix + ".index");

    /// <summary>Whether the file names look like a checkpoint. Opens no file.</summary>
    /// <param name="path">As for <see cref="Open"/>.</param>
    public static bool IsAt(string path) =>
        (path.EndsWith(".index", StringComparison.Ordinal) && File.Exists(path)) || File.Exists(path + ".index")
        || (Directory.Exists(path)
            && (File.Exists(Path.Combine(path, "variables", "variables.index")) || Directory.EnumerateFiles(path, "*.index").Any()));

    /// <summary>Reads the list of tensors, but no tensors.</summary>
    /// <param name="path"><c>PREFIX</c> or <c>PREFIX.index</c>; or a folder: a SavedModel, or one with a single <c>.index</c> file.</param>
    /// <exception cref="InvalidDataException">
    /// The checkpoint violates the format. The message names the file and the offset or the tensor.
    /// </exception>
    /// <exception cref="FileNotFoundException">The checkpoint or one of its data files does not exist.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TensorFlowCheckpoint Open(string path)
    {
        var checkpoint = new TensorFlowCheckpoint(PrefixOf(path));
        checkpoint.ReadIndex();
        checkpoint.CheckPlaces();
        return checkpoint;
    }

    /// <summary>The common prefix of the paths of all its files.</summary>
    public string Prefix => prefix;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorFlowVariable> Variables => variables;

    /// <summary>Reads one tensor.</summary>
    /// <param name="name">A key of <see cref="Variables"/>.</param>
    /// <returns>The values in TensorFlow's order of axes, on the CPU, contiguous, without gradient; owned by the caller.</returns>
    /// <exception cref="KeyNotFoundException">There is no tensor with this name.</exception>
    /// <exception cref="InvalidDataException">The checksum of its bytes is wrong, or its type is unsupported.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public Tensor Read(string name)
    {
        var variable = variables[name];
        if (variable.Type is not { } type)
            throw new InvalidDataException(
                $"{index}: '{name}' is of a type that is not read here; known are float32, float64, float16, bfloat16, int32 and int64.");
        using var scope = NewDisposeScope();
        var tensor = empty([.. variable.Shape], type);
        using var file = OpenAt(variable);
        uint crc = 0;
        foreach (var piece in TensorChunks.Of(tensor))
        {
            var bytes = piece.bytes;
            file.ReadExactly(bytes);
            crc = Crc32C.Extend(crc, bytes);
        }
        Check(variable, crc);
        return tensor.MoveToOuterDisposeScope();
    }

    /// <summary>Reads the bytes of a scalar string.</summary>
    /// <exception cref="InvalidDataException">The variable is not a scalar string, or the checksum of its bytes is wrong.</exception>
    internal byte[] ReadText(string name)
    {
        var variable = variables[name];
        if (!variable.IsText || variable.Shape.Count != 0 || variable.ByteCount > MaxTextBytes)
            throw new InvalidDataException($"{index}: '{name}' is no text of at most {MaxTextBytes} bytes.");
        var bytes = new byte[variable.ByteCount];
        using (var file = OpenAt(variable)) file.ReadExactly(bytes);

        // The length as a varint, a checksum of the length, the text. The checksums treat the length as four bytes.
        int start = Array.FindIndex(bytes, b => b < 0x80) + 1;
        ulong length = 0;
        for (int i = start - 1; i >= 0; i--) length = length << 7 | (uint)(bytes[i] & 0x7f);
        if (start is 0 or > 5 || length != (ulong)(bytes.Length - start - sizeof(uint)))
            throw new InvalidDataException(
                $"{DataFile(variable)}: at offset {variable.Offset} the text '{name}' does not have the length that the index says.");
        uint crc = Crc32C.Extend(Crc32C.Extend(0, BitConverter.GetBytes((uint)length)), bytes.AsSpan(start));
        Check(variable, crc);
        return bytes[(start + sizeof(uint))..];
    }

    private static string PrefixOf(string path)
    {
        if (Directory.Exists(path))
        {
            string saved = Path.Combine(path, "variables", "variables");
            if (File.Exists(saved + ".index")) return saved;
            if (Directory.GetFiles(path, "*.index") is not [var only])
                throw new FileNotFoundException(
                    $"{path}: there is no single TensorFlow checkpoint in that folder (a file NAME.index); name its prefix.", path);
            path = only;
        }
        string prefix = path.EndsWith(".index", StringComparison.Ordinal) ? path[..^".index".Length] : path;
        return File.Exists(prefix + ".index") ? prefix : throw new FileNotFoundException($"{prefix}.index does not exist: there " +
            $"is no TensorFlow checkpoint of that name.", prefix + ".index");
    }

    private string DataFile(TensorFlowVariable variable) => $"{prefix}.data-{variable.Shard:d5}-of-{shards:d5}";

    private FileStream OpenAt(TensorFlowVariable variable)
    {
        var file = RegularFile.OpenRead(DataFile(variable));
        file.Position = variable.Offset;
        return file;
    }

    private void Check(TensorFlowVariable variable, uint crc)
    {
        if (Crc32C.Mask(crc) != variable.Checksum)
            throw new InvalidDataException($"{DataFile(variable)}: the {variable.ByteCount} bytes of '{variable.Name}' at offset " +
                $"{variable.Offset} do not have their checksum: the file is damaged.");
    }
}
