namespace SimClr.Datasets;

// The images behind the counts.
public sealed partial class DatasetScan
{
    /// <summary>Images whose bytes are those of an earlier image, each with the first of its kind.</summary>
    public IEnumerable<(int Image, int First)> Copies()
    {
        var first = new Dictionary<UInt128, int>();
        for (int i = 0; i < hashes.Length; i++)
        {
            if (hashes[i] != 0 && !first.TryAdd(hashes[i], i)) yield return (i, first[hashes[i]]);
        }
    }

    /// <summary>Images that another part has too, byte for byte: each once, with the first one there.</summary>
    /// <param name="other">The other part.</param>
    public IEnumerable<(int Image, int Other)> CopiesIn(DatasetScan other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var there = new Dictionary<UInt128, int>();
        for (int i = 0; i < other.hashes.Length; i++) if (other.hashes[i] != 0) there.TryAdd(other.hashes[i], i);
        for (int i = 0; i < hashes.Length; i++) if (there.Remove(hashes[i], out int match)) yield return (i, match);
    }

    /// <summary>Images whose shorter side is below a number of pixels.</summary>
    /// <param name="side">In pixels.</param>
    public IEnumerable<int> ImagesSmallerThan(int side) =>
        Enumerable.Range(0, shorter.Length).Where(i => shorter[i] > 0 && shorter[i] < side);

    /// <summary>Images whose longer side is more than three times the shorter.</summary>
    public IEnumerable<int> ElongatedImages() =>
        Enumerable.Range(0, shorter.Length).Where(i => shorter[i] > 0 && longer[i] > 3 * shorter[i]);
}
