using System.Globalization;
using System.Text;
using SimClr.Randomness;

namespace SimClr.Fuzz.Mutations;

/// <summary>Changes a text file, or the text in a file: its numbers, and words of its language.</summary>
internal static class TextChange
{
    /// <summary>The file with one change.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="words">The words of its language; <c>{0}</c> in a word stands for a number.</param>
    /// <param name="random">The source of randomness.</param>
    public static byte[] Make(byte[] bytes, IReadOnlyList<string> words, ref CounterRandom random) =>
        random.Chance(0.5) && Numbers(bytes) is { Count: > 0 } numbers
            ? WithNumber(bytes, numbers[random.Below(numbers.Count)], ref random)
            : WithWord(bytes, words[random.Below(words.Count)], ref random);

    private static byte[] WithNumber(byte[] bytes, (int At, int Length) number, ref CounterRandom random)
    {
        string text = Encoding.Latin1.GetString(bytes, number.At, number.Length);
        long was = long.TryParse(text, CultureInfo.InvariantCulture, out long value) ? value : 0;
        string other = random.Below(8) switch
        {
            0 => "1e308",
            1 => "0.5",
            2 => new string('9', 1 + random.Below(40)),
            _ => NumberChange.Other(was, bytes.Length, ref random).ToString(CultureInfo.InvariantCulture),
        };
        return [.. bytes.AsSpan(0, number.At), .. Encoding.ASCII.GetBytes(other), .. bytes.AsSpan(number.At + number.Length)];
    }

    // Usually once; sometimes so often that a recursive reader overflows the stack.
    private static byte[] WithWord(byte[] bytes, string word, ref CounterRandom random)
    {
        int at = random.Below(bytes.Length + 1), skipped = random.Chance(0.5) ? random.Below(Math.Min(8, bytes.Length - at) + 1) : 0;
        int times = random.Chance(0.9) ? 1 : 1 << random.Below(15);
        var inserted = new StringBuilder();
        for (int i = 0; i < times && inserted.Length < 1 << 17; i++) inserted.Append(word.Replace("{0}", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        return [.. bytes.AsSpan(0, at), .. Encoding.UTF8.GetBytes(inserted.ToString()), .. bytes.AsSpan(at + skipped)];
    }

    private static List<(int At, int Length)> Numbers(byte[] bytes)
    {
        var found = new List<(int, int)>();
        for (int at = 0; at < bytes.Length; at++)
        {
            int end = at;
            while (end < bytes.Length && bytes[end] is >= (byte)'0' and <= (byte)'9') end++;
            if (end == at) continue;
            found.Add((at, end - at));
            at = end;
        }
        return found;
    }
}
