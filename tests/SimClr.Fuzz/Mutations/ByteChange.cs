using SimClr.Randomness;

namespace SimClr.Fuzz.Mutations;

/// <summary>Changes a file without knowledge of its format.</summary>
internal static class ByteChange
{
    private const int Kinds = 12;

    private static readonly byte[] Interesting = [0, 1, 0x7f, 0x80, 0xff, (byte)'\n', (byte)'"', (byte)'{', (byte)'[', (byte)'0', (byte)'-'];

    /// <summary>The file with one change.</summary>
    /// <param name="bytes">The file; may be modified.</param>
    /// <param name="other">Another complete file, from which a part may be copied.</param>
    /// <param name="random">The source of randomness.</param>
    public static byte[] Make(byte[] bytes, byte[] other, ref CounterRandom random)
    {
        if (bytes.Length == 0) return other.Length == 0 ? [0] : other[..random.Below(other.Length)];
        int kind = random.Below(Kinds), at = random.Below(bytes.Length), length = Length(bytes.Length - at, ref random);
        switch (kind)
        {
            case 0 or 1:
                bytes[at] ^= (byte)(1 << random.Below(8));
                return bytes;
            case 2:
                bytes[at] = Interesting[random.Below(Interesting.Length)];
                return bytes;
            case 3:
                bytes[at] = (byte)random.Below(256);
                return bytes;
            case 4: return bytes[..at];
            case 5: return Extended(bytes, Length(4096, ref random), ref random);
            case 6: return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + length)];
            case 7: return [.. bytes.AsSpan(0, at + length), .. bytes.AsSpan(at)];
            case 8:
                bytes.AsSpan(at, length).CopyTo(bytes.AsSpan(random.Below(bytes.Length - length + 1)));
                return bytes;
            case 9:
                bytes.AsSpan(at, length).Fill(random.Chance(0.5) ? (byte)0 : (byte)0xff);
                return bytes;
            case 10:
                for (int i = at; i < at + length; i++) bytes[i] = (byte)random.Below(256);
                return bytes;
            default: return [.. bytes.AsSpan(0, at), .. other.AsSpan(random.Below(other.Length + 1))];
        }
    }

    // A length in [1, most]; short ones are more frequent.
    private static int Length(int most, ref CounterRandom random) => 1 + random.Below(Math.Min(most, 1 << random.Below(13)));

    private static byte[] Extended(byte[] bytes, int by, ref CounterRandom random)
    {
        byte[] longer = [.. bytes, .. new byte[by]];
        if (random.Chance(0.5)) bytes.AsSpan(Math.Max(0, bytes.Length - by)).CopyTo(longer.AsSpan(bytes.Length));
        return longer;
    }
}
