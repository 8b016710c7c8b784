using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SimClr.IO;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Weights;

public static partial class PyTorchFile
{
    /// <summary>
    /// Writes tensors as a dict for <c>torch.load(path)</c>, also with <c>weights_only=True</c>. The write is atomic and replaces an
    /// existing file.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">
    /// The tensors in the order of the dict; of any layout, on any device. They are written in row-major order, each with its own storage.
    /// </param>
    /// <param name="metadata">Texts in the archive beside the tensors, which PyTorch ignores; by default none.</param>
    /// <exception cref="ArgumentException">A tensor's dtype has no storage type in PyTorch's format here.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var storages = tensors.Select((t, i) => (Name: t.Key, Tensor: t.Value, Key: $"{i}", Type: PyTorchStorage.NameOf(t.Value.dtype)
            ?? throw new ArgumentException(
                $"Tensor '{t.Key}' is of type {t.Value.dtype}, for which PyTorch files have no storage here.", nameof(tensors)))).ToList();
        AtomicFile.Write(path, file => WriteArchive(file, Path.GetFileNameWithoutExtension(path), storages, metadata));
    }

    /// <summary>Copies an archive of PyTorch, uncompressed, and adds texts to it as <see cref="Write"/> does.</summary>
    /// <param name="path">The file to copy.</param>
    /// <param name="to">The copy.</param>
    /// <param name="metadata">The texts.</param>
    internal static void Copy(string path, Stream to, IReadOnlyDictionary<string, string> metadata)
    {
        using var archive = ZipFile.OpenRead(path);
        using var copy = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true);
        string folder = archive.Entries[0].FullName.Split('/')[0];
        foreach (var record in archive.Entries)
        {
            using var from = record.Open();
            using var into = copy.CreateEntry(record.FullName, CompressionLevel.NoCompression).Open();
            from.CopyTo(into);
        }
        foreach (var (name, value) in metadata)
        {
            using var into = copy.CreateEntry($"{folder}/{ExtraFolder}{name}", CompressionLevel.NoCompression).Open();
            into.Write(Encoding.UTF8.GetBytes(value));
        }
    }

    private static void WriteArchive(
        Stream file, string folder, List<(string Name, Tensor Tensor, string Key, string Type)> storages,
        IReadOnlyDictionary<string, string>? metadata)
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
        using (var pickle = Record(PickleName))
        {
            var program = new PickleWriter();
            program.OrderedDict(storages.Select(s => (s.Name, (Action)(() => program.Tensor(s.Key, s.Type, s.Tensor.shape)))));
            pickle.Write(program.End());
        }
        Text("byteorder", "little");
        foreach (var storage in storages)
        {
            using var scope = NewDisposeScope();
            using var record = Record($"data/{storage.Key}");
            foreach (var piece in TensorChunks.Of(storage.Tensor.detach().cpu().contiguous())) record.Write(piece.bytes);
        }
        Text("version", "3\n");
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>()) Text(ExtraFolder + name, value);

        Stream Record(string name) => archive.CreateEntry($"{folder}/{name}", CompressionLevel.NoCompression).Open();

        void Text(string name, string text)
        {
            using var record = Record(name);
            record.Write(Encoding.UTF8.GetBytes(text));
        }
    }

    // The instructions that torch.save writes for an OrderedDict of tensors, protocol 2, without its memo.
    private sealed class PickleWriter
    {
        private readonly List<byte> program = [0x80, 2];

        public void OrderedDict(IEnumerable<(string Key, Action Value)> items)
        {
            Global("collections", "OrderedDict");
            program.AddRange(")R("u8);
            foreach (var (key, value) in items)
            {
                Text(key);
                value();
            }
            program.Add((byte)'u');
        }

        /// <summary>torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()).</summary>
        public void Tensor(string key, string storageType, long[] shape)
        {
            long count = shape.Aggregate(1L, (product, size) => product * size);
            Global("torch._utils", "_rebuild_tensor_v2");
            program.AddRange("(("u8);
            Text("storage");
            Global("torch", storageType);
            Text(key);
            Text("cpu");
            Number(count);
            program.AddRange("tQ"u8);
            Number(0);
            Tuple(shape);
            Tuple([.. shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1L, (product, size) => product * Math.Max(size, 1)))]);
            program.Add(0x89);
            Global("collections", "OrderedDict");
            program.AddRange(")RtR"u8);
        }

        public byte[] End() => [.. program, (byte)'.'];

        private void Global(string module, string name) => program.AddRange(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

        private void Text(string text)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
            program.Add((byte)'X');
            program.AddRange(length);
            program.AddRange(utf8);
        }

        private void Tuple(long[] numbers)
        {
            program.Add((byte)'(');
            foreach (long number in numbers) Number(number);
            program.Add((byte)'t');
        }

        private void Number(long number)
        {
            Span<byte> eight = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(eight, number);
            bool small = number is >= 0 and <= int.MaxValue;
            program.AddRange(small ? "J"u8 : [0x8a, 8]);
            program.AddRange(small ? eight[..4] : eight);
        }
    }
}
