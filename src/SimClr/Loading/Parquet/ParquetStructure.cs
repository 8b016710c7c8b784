using System.Buffers.Binary;

namespace SimClr.Loading;

/// <summary>
/// Checks a footer or the head of a page before the reader of the format sees it. That reader allocates whatever a list or a text says of
/// its length, and expects fields of the right types. Source: parquet.thrift and Thrift's compact protocol.
/// </summary>
/// <param name="stream">The file; borrowed.</param>
internal sealed class ParquetStructure(ParquetStream stream)
{
    private const int MostGroups = 1000, TailBytes = 8;
    private const string Letters = "-bbyhilds"; // by Thrift's numbers of the types: 1 is true, 2 is false, 9 a list, 12 a structure

    // The types of the fields 1, 2, … of each structure: b bool, y i8, h i16, i i32 or an enum, l i64, d double, s text or bytes, [x] a
    // list.
    private static readonly Dictionary<string, string[]> Shapes = new Dictionary<string, string>
    {
        ["File"] = "i [Element] l [Group] [Pair] s [Order] Encryption s",
        ["Element"] = "i i i s i i i i i Logical",
        ["Logical"] = "Empty Empty Empty Empty Decimal Empty Time Time Empty Int Empty Empty Empty Empty Empty Variant Text Geography",
        ["Decimal"] = "i i",
        ["Time"] = "b Unit",
        ["Unit"] = "Empty Empty Empty",
        ["Int"] = "y b",
        ["Variant"] = "y",
        ["Text"] = "s",
        ["Geography"] = "s i",
        ["Group"] = "[Chunk] l l [Sorting] l l h",
        ["Sorting"] = "i b b",
        ["Chunk"] = "s l Column l i l i Crypto s",
        ["Column"] = "i [i] [s] i l l l [Pair] l l l Statistics [Encoding] l i Sizes Geospatial",
        ["Pair"] = "s s",
        ["Statistics"] = "s s l l s s b b",
        ["Encoding"] = "i i i",
        ["Sizes"] = "l [l] [l]",
        ["Geospatial"] = "Box [i]",
        ["Box"] = "d d d d d d d d",
        ["Crypto"] = "Empty Key",
        ["Key"] = "[s] s",
        ["Order"] = "Empty",
        ["Encryption"] = "Cipher Cipher",
        ["Cipher"] = "s s b",
        ["Page"] = "i i i i Data Empty Dictionary DataV2",
        ["Data"] = "i i i i Statistics",
        ["DataV2"] = "i i i i i i b Statistics",
        ["Dictionary"] = "i i b",
        ["Empty"] = "",
    }.ToDictionary(shape => shape.Key, shape => shape.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private readonly Dictionary<(string Structure, int Field), long> numbers = [];
    private int groups;

    /// <summary>Checks the footer.</summary>
    /// <exception cref="InvalidDataException">It is not a footer; the message lacks the file.</exception>
    /// <exception cref="EndOfStreamException">It ends early.</exception>
    public static void CheckFooter(ParquetStream stream)
    {
        Span<byte> tail = stackalloc byte[TailBytes];
        if (stream.Length < 2 * TailBytes) throw new InvalidDataException("it is too short");
        stream.Position = stream.Length - TailBytes;
        stream.ReadExactly(tail);
        int length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (!tail[4..].SequenceEqual("PAR1"u8)) throw new InvalidDataException("it does not end with PAR1");
        if (length <= 0 || length > stream.Length - TailBytes) throw new InvalidDataException($"its footer cannot have {length} bytes");
        (stream.Position, stream.End) = (stream.Length - TailBytes - length, stream.Length - TailBytes);
        new ParquetStructure(stream).Read("File");
        stream.End = stream.Length;
    }

    /// <summary>Checks the head of a page at the stream's position, and leaves the stream behind it.</summary>
    /// <returns>The numbers in it, by structure and field.</returns>
    /// <exception cref="InvalidDataException">It is not the head of a page; the message lacks the file.</exception>
    /// <exception cref="EndOfStreamException">It ends early.</exception>
    public static IReadOnlyDictionary<(string Structure, int Field), long> CheckPage(ParquetStream stream)
    {
        var page = new ParquetStructure(stream);
        page.Read("Page");
        return page.numbers;
    }

    private void Read(string name)
    {
        string[] fields = Shapes[name];
        for (int head, id = 0; (head = stream.ReadByte()) != 0;)
        {
            int next = head >> 4 == 0 ? (short)ZigZag(Number(5)) : id + (head >> 4);
            if (next <= id) throw new InvalidDataException("it has a field twice");
            id = next;
            numbers[(name, id)] = Value(id <= fields.Length ? fields[id - 1] : Unknown(head & 15), head & 15);
            if ((name, id) == ("Element", 5) && numbers[(name, id)] > 0 && ++groups > MostGroups)
                throw new InvalidDataException($"it has more than {MostGroups} groups of columns");
        }
    }

    // Returns the number, if it is one.
    private long Value(string shape, int type)
    {
        if (type != Wire(shape) && !(shape == "b" && type == 2)) throw new InvalidDataException("it has a field of another type");
        switch (shape)
        {
            case "b": return 2 - type;
            case "y": return stream.ReadByte();
            case "h" or "i": return (int)ZigZag(Number(5));
            case "l": return ZigZag(Number(10));
            case "d": return Skip(sizeof(double));
            case "s": return Skip((long)Number(5));
            case ['[', .. var of, ']']:
                int head = stream.ReadByte();
                long count = head >> 4 == 15 ? (long)Number(5) : head >> 4;
                if (count > stream.End - stream.Position) throw new InvalidDataException($"it has a list of {count} elements");
                for (long i = 0; i < count; i++) _ = Value(of, head & 15);
                return count;
            default:
                Read(shape);
                return 0;
        }
    }

    private static int Wire(string shape) => shape switch
    {
        ['[', ..] => 9,
        [var letter] => Letters.IndexOf(letter, StringComparison.Ordinal),
        _ => 12,
    };

    // Of a later version of the format. The reader of the format cannot pass over structures.
    private static string Unknown(int type) => type is > 0 and < 9 ? Letters[type].ToString()
        : throw new InvalidDataException("it has a field of an unknown type");

    private long Skip(long bytes)
    {
        if (bytes > stream.End - stream.Position) throw new InvalidDataException($"it has a text of {bytes} bytes");
        stream.Position += bytes;
        return bytes;
    }

    private ulong Number(int mostBytes)
    {
        ulong number = 0;
        for (int i = 0; i < mostBytes; i++)
        {
            int next = stream.ReadByte();
            number |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80) return mostBytes == 5 ? (uint)number : number;
        }
        throw new InvalidDataException("it has a number that does not end");
    }

    private static long ZigZag(ulong number) => (long)(number >> 1) ^ -(long)(number & 1);
}
