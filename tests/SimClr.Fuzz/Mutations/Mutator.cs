using SimClr.Fuzz.Readers;
using SimClr.Randomness;

namespace SimClr.Fuzz.Mutations;

/// <summary>Damages complete files. The n-th mutation of a reader is the same in every run with the same seed.</summary>
internal static class Mutator
{
    private const int MostBytes = 1 << 20, MostChanges = 6;

    /// <summary>Creates one file.</summary>
    /// <param name="reader">The reader whose files are changed.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="number">The number of the mutation, from 0.</param>
    public static byte[] Make(FuzzReader reader, long seed, int number)
    {
        var random = CounterRandom.For(seed, reader.Purpose, number);
        byte[] bytes = [.. reader.Seeds[random.Below(reader.Seeds.Count)]];
        int changes = 1;
        while (changes < MostChanges && random.Chance(0.4)) changes++;
        for (int i = 0; i < changes; i++)
        {
            bytes = reader.Words.Count > 0 && random.Chance(0.4) ? TextChange.Make(bytes, reader.Words, ref random)
                : random.Chance(0.3) ? NumberChange.Make(bytes, ref random)
                : ByteChange.Make(bytes, reader.Seeds[random.Below(reader.Seeds.Count)], ref random);
            if (bytes.Length > MostBytes) bytes = bytes[..MostBytes];
        }
        if (reader.Repair is { } repair && random.Chance(0.75)) bytes = repair(bytes);
        return reader.Pack is { } pack ? pack(bytes) : bytes;
    }
}
