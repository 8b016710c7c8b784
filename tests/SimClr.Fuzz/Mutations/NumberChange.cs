using System.Buffers.Binary;
using SimClr.Randomness;

namespace SimClr.Fuzz.Mutations;

/// <summary>Reads some bytes of a file as an integer and replaces it by one that provokes arithmetic errors.</summary>
internal static class NumberChange
{
    private static readonly long[] Extremes =
    [
        0, 1, -1, 2, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, 1 << 24, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32,
        1L << 61, long.MaxValue, long.MinValue, long.MaxValue / 8,
    ];

    /// <summary>The file with one number changed, if it is long enough for one.</summary>
    public static byte[] Make(byte[] bytes, ref CounterRandom random)
    {
        int size = 1 << random.Below(4);
        if (bytes.Length < size) return bytes;
        bool aligned = random.Chance(0.5), little = random.Chance(0.5);
        int at = random.Below(bytes.Length - size + 1);
        if (aligned) at -= at % size;
        var field = bytes.AsSpan(at, size);
        Write(field, Other(Read(field, little), bytes.Length, ref random), little);
        return bytes;
    }

    /// <summary>An extreme value, a neighbour of the original number, or a number near the file's length.</summary>
    public static long Other(long was, int length, ref CounterRandom random) => random.Below(4) switch
    {
        0 => was + random.Below(3) - 1,
        1 => unchecked(length + random.Below(3) - 1),
        2 => unchecked(was * (2 + random.Below(8))),
        _ => Extremes[random.Below(Extremes.Length)],
    };

    private static long Read(ReadOnlySpan<byte> field, bool little) => (field.Length, little) switch
    {
        (1, _) => field[0],
        (2, true) => BinaryPrimitives.ReadInt16LittleEndian(field),
        (2, false) => BinaryPrimitives.ReadInt16BigEndian(field),
        (4, true) => BinaryPrimitives.ReadInt32LittleEndian(field),
        (4, false) => BinaryPrimitives.ReadInt32BigEndian(field),
        (_, true) => BinaryPrimitives.ReadInt64LittleEndian(field),
        _ => BinaryPrimitives.ReadInt64BigEndian(field),
    };

    private static void Write(Span<byte> field, long value, bool little)
    {
        Span<byte> eight = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(eight, value);
        eight[..field.Length].CopyTo(field);
        if (!little) field.Reverse();
    }
}
