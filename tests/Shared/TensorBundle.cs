using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;

namespace SimClr.Tests;

/// <summary>
/// Writes TensorFlow checkpoints from the descriptions of the formats alone (leveldb's doc/table_format.md, TensorFlow's
/// tensor_bundle.proto). It shares no code with the reader.
/// </summary>
internal sealed class TensorBundle
{
    public const int Float = 1, String = 7, Int64 = 9, BFloat16 = 14, Half = 19;

    private readonly List<MemoryStream> data;

    public TensorBundle(int shards = 1)
    {
        data = [.. Enumerable.Range(0, shards).Select(_ => new MemoryStream())];
        Index[""] = Message(m =>
        {
            Number(m, 1, shards);
            Number(m, 2, 0);
            Bytes(m, 3, Message(v => Number(v, 1, 1)));
        });
    }

    /// <summary>The content of the index: a message per key.</summary>
    public SortedDictionary<string, byte[]> Index { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, (long[] Shape, float[] Values)> Floats { get; } = [];

    public void Add(string name, long[] shape, float[] values)
    {
        Floats[name] = (shape, values);
        Add(name, Float, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    public void Add(string name, int type, long[] shape, byte[] bytes) => Add(name, type, shape, bytes, Crc(bytes));

    /// <summary>A string scalar: its length, a checksum of the length, its bytes. The checksum covers the length as a uint32.</summary>
    public void AddText(string name, byte[] text)
    {
        byte[] length = BitConverter.GetBytes(text.Length), check = BitConverter.GetBytes(Mask(Crc(length)));
        byte[] stored = [.. Message(m => m.WriteUInt32((uint)text.Length)), .. check, .. text];
        Add(name, String, [], stored, Crc([.. length, .. check, .. text]));
    }

    public string Write(string prefix, int blockBytes = 512, byte compression = 0)
    {
        File.WriteAllBytes(prefix + ".index", Table(Index.Select(e => (Encoding.UTF8.GetBytes(e.Key), e.Value)), blockBytes, compression));
        for (int i = 0; i < data.Count; i++) File.WriteAllBytes($"{prefix}.data-{i:d5}-of-{data.Count:d5}", data[i].ToArray());
        return prefix;
    }

    private void Add(string name, int type, long[] shape, byte[] stored, uint crc)
    {
        int shard = Index.Count % data.Count;
        Index[name] = Entry(type, shape, shard, data[shard].Length, stored.Length, Mask(crc));
        data[shard].Write(stored);
    }

    public static byte[] Entry(int type, long[] shape, int shard, long offset, long size, uint maskedCrc, bool sliced = false) => Message(m =>
    {
        Number(m, 1, type);
        Bytes(m, 2, Message(s => Array.ForEach(shape, n => Bytes(s, 2, Message(d => Number(d, 1, n))))));
        Number(m, 3, shard);
        Number(m, 4, offset);
        Number(m, 5, size);
        m.WriteTag(6, WireFormat.WireType.Fixed32);
        m.WriteFixed32(maskedCrc);
        if (sliced) Bytes(m, 7, []);
    });

    /// <summary>
    /// A sorted table. Keys share prefixes except at every 16th key. Compression 1 is Snappy; any other number is only recorded.
    /// </summary>
    public static byte[] Table(IEnumerable<(byte[] Key, byte[] Value)> entries, int blockBytes = 512, byte compression = 0)
    {
        var file = new MemoryStream();
        var index = new List<(byte[] Key, byte[] Value)>();
        var pending = new List<(byte[] Key, byte[] Value)>();
        void Flush()
        {
            if (pending.Count == 0) return;
            index.Add(([.. pending[^1].Key, 0], Handle(WriteBlock(pending, 16))));
            pending.Clear();
        }
        foreach (var entry in entries)
        {
            pending.Add(entry);
            if (pending.Sum(p => p.Key.Length + p.Value.Length) > blockBytes) Flush();
        }
        Flush();
        var meta = WriteBlock([], 16);
        byte[] footer = [.. Handle(meta), .. Handle(WriteBlock(index, 1))];
        file.Write([.. footer, .. new byte[40 - footer.Length], .. BitConverter.GetBytes(0xdb4775248b80fb57)]);
        return file.ToArray();

        (long, long) WriteBlock(List<(byte[] Key, byte[] Value)> block, int interval)
        {
            long offset = file.Length;
            byte[] stored = Block(block, interval), contents = [.. compression == 1 ? Snappy(stored) : stored, compression];
            file.Write([.. contents, .. BitConverter.GetBytes(Mask(Crc(contents)))]);
            return (offset, contents.Length - 1);
        }
    }

    // A Snappy stream of literals only: the length, then a tag (60 + 1: two bytes of length − 1 follow) before each literal.
    private static byte[] Snappy(byte[] bytes) =>
        [.. Varints((ulong)bytes.Length), .. bytes.Chunk(50_000).SelectMany(c => (byte[])[61 << 2, (byte)(c.Length - 1), (byte)(c.Length - 1 >> 8), .. c])];

    private static byte[] Block(List<(byte[] Key, byte[] Value)> entries, int interval)
    {
        var bytes = new List<byte>();
        var restarts = new List<int>();
        byte[] last = [];
        for (int i = 0; i < entries.Count; i++)
        {
            var (key, value) = entries[i];
            int shared = 0;
            if (i % interval == 0) restarts.Add(bytes.Count);
            else shared = key.AsSpan().CommonPrefixLength(last);
            bytes.AddRange(Varints((uint)shared, (uint)(key.Length - shared), (uint)value.Length));
            bytes.AddRange(key[shared..]);
            bytes.AddRange(value);
            last = key;
        }
        if (restarts.Count == 0) restarts.Add(0);
        foreach (int restart in restarts) bytes.AddRange(BitConverter.GetBytes(restart));
        bytes.AddRange(BitConverter.GetBytes(restarts.Count));
        return [.. bytes];
    }

    public static byte[] Varints(params ulong[] values) => Message(m => Array.ForEach(values, m.WriteUInt64));

    private static byte[] Handle((long Offset, long Size) block) => Varints((ulong)block.Offset, (ulong)block.Size);

    public static byte[] Message(Action<CodedOutputStream> write)
    {
        var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream)) write(output);
        return stream.ToArray();
    }

    public static void Number(CodedOutputStream m, int field, long value)
    {
        m.WriteTag(field, WireFormat.WireType.Varint);
        m.WriteInt64(value);
    }

    public static void Bytes(CodedOutputStream m, int field, byte[] value)
    {
        m.WriteTag(field, WireFormat.WireType.LengthDelimited);
        m.WriteBytes(ByteString.CopyFrom(value));
    }

    private static readonly uint[] Remainders = [.. Enumerable.Range(0, 256).Select(i => Enumerable.Range(0, 8).Aggregate((uint)i, (c, _) => (c & 1) != 0 ? c >> 1 ^ 0x82f63b78 : c >> 1))];

    // byte by byte, with the reversed polynomial 0x82f63b78
    public static uint Crc(byte[] bytes)
    {
        uint crc = ~0u;
        foreach (byte b in bytes) crc = Remainders[(byte)(crc ^ b)] ^ crc >> 8;
        return ~crc;
    }

    public static uint Mask(uint crc) => (crc >> 15 | crc << 17) + 0xa282ead8u;
}
