using System.Buffers.Binary;
using SimClr.IO;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>
/// Reads and writes <c>torch.save</c> files of a dict of tensors (.pth, .pt): the zip format of PyTorch 1.6 and later, and, for reading,
/// the older one. Reading executes nothing, and makes only tensors, texts and numbers (<see cref="PickleReader"/>). Time and memory stay
/// within a small multiple of the file's size.
/// </summary>
public static partial class PyTorchFile
{
    private const string PickleName = "data.pkl", ExtraFolder = "simclr/";

    // The older format: three small pickles come before the object (torch/serialization.py, MAGIC_NUMBER and PROTOCOL_VERSION).
    private const string LegacyMagic = "119547037146038801333356";
    private const long LegacyProtocol = 1001;
    private const int MaxDepth = 16, MaxEntries = 1_000_000, MaxTensors = 100_000, MaxCharacters = 1 << 24;

    /// <summary>Reads every named tensor in the file's dicts.</summary>
    /// <param name="path">A file written by <c>torch.save</c>.</param>
    /// <param name="unread">
    /// Receives the names of Python objects that are left out, with their kind (<c>of class argparse.Namespace</c>), including unsupported
    /// tensors. Null: such a tensor is an error.
    /// </param>
    /// <returns>
    /// The tensors by name, on the CPU; owned by the caller. Names of nested dicts are joined with points
    /// (<c>state_dict.model.conv1.weight</c>); lists are ignored. Tensors that share a storage in the file share it here, with their
    /// strides.
    /// </returns>
    /// <exception cref="InvalidDataException">
    /// The file is not such a file, is damaged or hostile, or has no tensors in dicts. The message says what and where.
    /// </exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path, IDictionary<string, string>? unread = null)
    {
        using var file = RegularFile.OpenRead(path);
        using var scope = NewDisposeScope();
        var tensors = IsZip(file) ? ReadZip(file, path, unread) : ReadLegacy(file, path, unread);
        foreach (var tensor in tensors.Values) _ = tensor.MoveToOuterDisposeScope();
        return tensors;
    }

    /// <summary>Reads the texts that <see cref="Write"/> stored beside the tensors; empty for any other file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The zip archive is damaged or hostile.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        using var file = RegularFile.OpenRead(path);
        if (!IsZip(file)) return new Dictionary<string, string>();
        using var archive = new TorchArchive(file, path);
        return archive.Names.Where(n => n.StartsWith(ExtraFolder, StringComparison.Ordinal))
            .ToDictionary(n => n[ExtraFolder.Length..], n => System.Text.Encoding.UTF8.GetString(archive.Bytes(n, 1 << 20)));
    }

    internal static bool IsZip(Stream file)
    {
        Span<byte> head = stackalloc byte[4];
        file.Position = 0;
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return read == 4 && head.SequenceEqual("PK\x03\x04"u8);
    }

    private static Dictionary<string, Tensor> ReadZip(FileStream file, string path, IDictionary<string, string>? unread)
    {
        using var archive = new TorchArchive(file, path);
        if (!archive.Names.Contains(PickleName))
            throw new InvalidDataException(
                $"{path} is a zip archive without {PickleName}: not a file of torch.save; if there is one in it, unpack it.");
        if (archive.Names.Contains("constants.pkl"))
            throw new InvalidDataException(
                $"{path} holds a TorchScript program, not a state dict; save model.state_dict() with torch.save.");
        if (archive.Names.Contains("byteorder") && archive.Bytes("byteorder", 16) is var order && !order.AsSpan().SequenceEqual("little"u8))
            throw new InvalidDataException(
                $"{path} is of byte order '{System.Text.Encoding.Latin1.GetString(order)}'; only little-endian files are read.");

        using var pickle = archive.Open(PickleName);
        var found = Flatten(new PickleReader(pickle, $"{path}, {PickleName}").Read(), path, unread);
        return Load(found, storage =>
        {
            string name = $"data/{storage.Key}";
            if (!archive.Names.Contains(name))
                throw new InvalidDataException($"{path} lacks the storage {name} that its tensors look into.");
            using var data = archive.Open(name);
            var elements = empty(storage.Count, storage.Type!.Value);
            if (data.Length != elements.NumberOfElements * elements.ElementSize)
                throw new InvalidDataException($"{path}: storage {name} has {data.Length} bytes, and {storage.Count} elements of " +
                    $"{storage.Type} take {storage.Count * elements.ElementSize}.");
            Fill(elements, data);
            return elements;
        }, archive.StorageBytes, path);
    }

    private static Dictionary<string, Tensor> ReadLegacy(FileStream file, string path, IDictionary<string, string>? unread)
    {
        var reader = new PickleReader(file, path);
        if (file.Length < 2 || file.ReadByte() != 0x80)
            throw new InvalidDataException($"{path} is no file of torch.save: it is neither a zip archive nor a pickle.");
        file.Position = 0;
        if (reader.Read() is not LegacyMagic || reader.Read() is not LegacyProtocol)
            throw new InvalidDataException($"{path} is a pickle, but none that torch.save wrote: its magic number or protocol is another.");
        if (reader.Read() is not Dictionary<string, object?> system || system.GetValueOrDefault("little_endian") is not true)
            throw new InvalidDataException($"{path} was written on a machine of another byte order; only little-endian files are read.");
        var found = Flatten(reader.Read(), path, unread);
        if (reader.Read() is not List<object?> keys) throw new InvalidDataException($"{path} has no list of storages.");

        // Each storage: its number of elements in 8 bytes, then the elements.
        var places = new Dictionary<string, (long At, long Count)>();
        Span<byte> head = stackalloc byte[8];
        foreach (var key in keys)
        {
            // the rest cannot be located
            if (key is not string text || reader.Storages.GetValueOrDefault(text) is not { ElementSize: > 0 and var size }) break;
            if (file.Length - file.Position < 8)
                throw new InvalidDataException($"{path} is cut short: storage '{key}' would begin at offset {file.Position}.");
            file.ReadExactly(head);
            long count = BinaryPrimitives.ReadInt64LittleEndian(head);
            if (count < 0 || count > (file.Length - file.Position) / size)
                throw new InvalidDataException($"{path} is cut short: storage '{key}' has {count} elements of {size} bytes from " +
                    $"offset {file.Position} on, and the file ends at {file.Length}.");
            places[text] = (file.Position, count);
            file.Position += count * size;
        }
        return Load(found, storage =>
        {
            if (!places.TryGetValue(storage.Key, out var place) || place.Count != storage.Count)
                throw new InvalidDataException(
                    $"{path}: storage '{storage.Key}' of {storage.Count} elements is not where the file's list has it.");
            file.Position = place.At;
            var elements = empty(storage.Count, storage.Type!.Value);
            Fill(elements, file);
            return elements;
        }, file.Length, path);
    }

    private static Dictionary<string, Tensor> Load(
        Dictionary<string, PyTorchTensor> found, Func<PyTorchStorage, Tensor> read, long available, string path)
    {
        var storages = found.Values.Select(t => t.Storage).Distinct().ToList();
        if (storages.DistinctBy(s => s.Key).Count() != storages.Count)
            throw new InvalidDataException($"{path} describes one storage in two ways.");
        Int128 wanted = 0;
        foreach (var storage in storages) wanted += (Int128)storage.Count * storage.ElementSize;
        if (wanted > available)
            throw new InvalidDataException($"{path} announces {wanted} bytes of tensors and has {available}.");

        var loaded = storages.ToDictionary(s => s.Key, read);
        return found.ToDictionary(t => t.Key, t => loaded[t.Value.Storage.Key].as_strided(t.Value.Shape, t.Value.Strides, t.Value.Offset));
    }

    private static void Fill(Tensor elements, Stream from)
    {
        foreach (var piece in TensorChunks.Of(elements)) from.ReadExactly(piece.bytes);
    }
}
