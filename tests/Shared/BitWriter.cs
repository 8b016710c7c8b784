namespace SimClr.Tests;

/// <summary>Writes numbers bit by bit, the lowest or the highest bit first.</summary>
internal sealed class BitWriter(bool leastFirst)
{
    private readonly List<int> bits = [];

    public void Write(int value, int count)
    {
        for (int b = 0; b < count; b++) bits.Add((value >> (leastFirst ? b : count - 1 - b)) & 1);
    }

    public byte[] ToArray(int pad)
    {
        while (bits.Count % 8 != 0) bits.Add(pad);
        return [.. bits.Chunk(8).Select(eight => (byte)eight.Index().Sum(bit => bit.Item << (leastFirst ? bit.Index : 7 - bit.Index)))];
    }
}
