using System.Buffers.Binary;
using System.IO.Compression;

namespace SimClr.Tests;

/// <summary>Writes small TIFFs from the specification (TIFF 6.0; BigTIFF by AWare Systems), without any library.</summary>
internal sealed record TinyTiff(int Width, int Height, int Samples, int Bits)
{
    private const int Short = 3, Long = 4, Long8 = 16;

    /// <summary>1: unsigned, 2: signed, 3: floating point.</summary>
    public int Format { get; init; } = 1;

    /// <summary>0: white is zero, 1: black is zero, 2: RGB, 3: palette, 5: CMYK.</summary>
    public int Photometric { get; init; } = 1;

    /// <summary>1: none, 5: LZW, 8: Deflate, 32773: PackBits; other numbers are written as they are, with the bytes of none.</summary>
    public int Compression { get; init; } = 1;

    public bool IsBigEndian { get; init; }

    public bool IsBig { get; init; }

    public bool IsPlanar { get; init; }

    /// <summary>0: strips of <see cref="Rows"/> rows, else square tiles.</summary>
    public int Tile { get; init; }

    public int Rows { get; init; } = 3;

    public int Orientation { get; init; } = 1;

    /// <summary>0: unspecified, 1: premultiplied opacity, 2: opacity; for each sample beyond the colours.</summary>
    public int[] Extra { get; init; } = [];

    /// <summary>All reds, then all greens, then all blues.</summary>
    public ushort[] Palette { get; init; } = [];

    public bool IsReducedCopy { get; init; }

    /// <summary>A TIFF of one page.</summary>
    /// <param name="value">The bits of the sample at x, y, s.</param>
    public byte[] Write(Func<int, int, int, ulong> value) => Write((this, value));

    /// <summary>A TIFF of several pages; the first one says whether it is big, and the byte order.</summary>
    public static byte[] Write(params (TinyTiff Page, Func<int, int, int, ulong> Value)[] pages)
    {
        var first = pages[0].Page;
        var file = new Output(first.IsBigEndian);
        file.Raw(first.IsBigEndian ? "MM"u8.ToArray() : "II"u8.ToArray());
        file.Number(first.IsBig ? 43UL : 42, 2);
        if (first.IsBig) file.Number(8, 4); // the size of offsets, and zero
        int word = first.IsBig ? 8 : 4, pointer = file.Length;
        file.Number(0, word);
        foreach (var (page, value) in pages) pointer = page.Append(file, word, pointer, value);
        return file.ToArray();
    }

    private int Append(Output file, int word, int pointer, Func<int, int, int, ulong> value)
    {
        var (offsets, lengths) = (new List<ulong>(), new List<ulong>());
        foreach (byte[] block in Blocks(value).Select(Compressed))
        {
            offsets.Add((ulong)file.Length);
            lengths.Add((ulong)block.Length);
            file.Raw(block);
            if (file.Length % 2 == 1) file.Raw([0]);
        }
        int place = word == 8 ? Long8 : Long;
        var tags = new SortedDictionary<int, (int Type, ulong[] Values)>
        {
            [256] = (Long, [(ulong)Width]),
            [257] = (Long, [(ulong)Height]),
            [258] = (Short, [.. Enumerable.Repeat((ulong)Bits, Samples)]),
            [259] = (Short, [(ulong)Compression]),
            [262] = (Short, [(ulong)Photometric]),
            [274] = (Short, [(ulong)Orientation]),
            [277] = (Short, [(ulong)Samples]),
            [284] = (Short, [IsPlanar ? 2UL : 1]),
            [339] = (Short, [.. Enumerable.Repeat((ulong)Format, Samples)]),
        };
        if (IsReducedCopy) tags[254] = (Long, [1]);
        if (Palette.Length > 0) tags[320] = (Short, [.. Palette.Select(v => (ulong)v)]);
        if (Extra.Length > 0) tags[338] = (Short, [.. Extra.Select(v => (ulong)v)]);
        if (Tile > 0) (tags[322], tags[323]) = ((Long, [(ulong)Tile]), (Long, [(ulong)Tile]));
        else tags[278] = (Long, [(ulong)Rows]);
        (tags[Tile > 0 ? 324 : 273], tags[Tile > 0 ? 325 : 279]) = ((place, [.. offsets]), (place, [.. lengths]));

        var outside = new Dictionary<int, int>();
        foreach (var (tag, (type, values)) in tags)
        {
            if (values.Length * Size(type) <= word) continue;
            outside[tag] = file.Length;
            foreach (ulong v in values) file.Number(v, Size(type));
            if (file.Length % 2 == 1) file.Raw([0]);
        }
        file.Patch(pointer, (ulong)file.Length, word);
        file.Number((ulong)tags.Count, word == 8 ? 8 : 2);
        foreach (var (tag, (type, values)) in tags)
        {
            file.Number((ulong)tag, 2);
            file.Number((ulong)type, 2);
            file.Number((ulong)values.Length, word);
            int start = file.Length;
            if (outside.TryGetValue(tag, out int at)) file.Number((ulong)at, word);
            else foreach (ulong v in values) file.Number(v, Size(type));
            while (file.Length < start + word) file.Raw([0]);
        }
        int next = file.Length;
        file.Number(0, word);
        return next;
    }

    private static int Size(int type) => type switch { Short => 2, Long => 4, _ => 8 };

    private IEnumerable<byte[]> Blocks(Func<int, int, int, ulong> value)
    {
        for (int plane = 0; plane < (IsPlanar ? Samples : 1); plane++)
        {
            int s = plane;
            for (int top = 0; top < Height; top += Tile > 0 ? Tile : Rows)
            {
                for (int left = 0; left < Width; left += Tile > 0 ? Tile : Width)
                {
                    var (w, h) = Tile > 0 ? (Tile, Tile) : (Width, Math.Min(Rows, Height - top));
                    var block = new List<byte>();
                    for (int y = top; y < top + h; y++)
                    {
                        var bits = new List<bool>();
                        for (int x = left; x < left + w; x++)
                            for (int c = IsPlanar ? s : 0; c < (IsPlanar ? s + 1 : Samples); c++)
                                Put(bits, x < Width && y < Height ? value(x, y, c) : 0);
                        while (bits.Count % 8 != 0) bits.Add(false);
                        block.AddRange(bits.Chunk(8).Select(eight => (byte)eight.Index().Sum(b => b.Item ? 0x80 >> b.Index : 0)));
                    }
                    yield return [.. block];
                }
            }
        }
    }

    // Whole bytes in the file's order; fewer bits from the highest.
    private void Put(List<bool> bits, ulong value)
    {
        bool swap = Bits % 8 == 0 && Bits > 8 && !IsBigEndian;
        for (int b = Bits - 1; b >= 0; b--)
        {
            int from = swap ? (Bits / 8 - 1 - b / 8) * 8 + b % 8 : b;
            bits.Add((value >> from & 1) != 0);
        }
    }

    private byte[] Compressed(byte[] block)
    {
        switch (Compression)
        {
            case 8:
                using (var packed = new MemoryStream())
                {
                    using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest)) zlib.Write(block);
                    return packed.ToArray();
                }
            case 32773: return [.. block.Chunk(128).SelectMany(run => (byte[])[(byte)(run.Length - 1), .. run])];
            case 5:
                // Only codes of 9 bits: the table is cleared before it grows.
                var bits = new List<bool>();
                void Code(int code)
                {
                    for (int b = 8; b >= 0; b--) bits.Add((code >> b & 1) != 0);
                }
                for (int i = 0; i < block.Length; i++)
                {
                    if (i % 200 == 0) Code(256);
                    Code(block[i]);
                }
                Code(257);
                while (bits.Count % 8 != 0) bits.Add(false);
                return [.. bits.Chunk(8).Select(eight => (byte)eight.Index().Sum(b => b.Item ? 0x80 >> b.Index : 0))];
            default: return block;
        }
    }

    private sealed class Output(bool isBigEndian)
    {
        private readonly List<byte> bytes = [];

        public int Length => bytes.Count;

        public void Raw(byte[] more) => bytes.AddRange(more);

        public void Number(ulong value, int size) => bytes.AddRange(Bytes(value, size));

        public void Patch(int at, ulong value, int size)
        {
            foreach (var (i, b) in Bytes(value, size).Index()) bytes[at + i] = b;
        }

        public byte[] ToArray() => [.. bytes];

        private byte[] Bytes(ulong value, int size)
        {
            byte[] eight = new byte[8];
            if (isBigEndian) BinaryPrimitives.WriteUInt64BigEndian(eight, value);
            else BinaryPrimitives.WriteUInt64LittleEndian(eight, value);
            return isBigEndian ? eight[(8 - size)..] : eight[..size];
        }
    }
}
