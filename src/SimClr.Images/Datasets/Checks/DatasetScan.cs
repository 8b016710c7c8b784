using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// The findings from every image of a part. All bytes are hashed and all headers read; all images, or a seeded sample, are decoded.
/// </summary>
public sealed partial class DatasetScan
{
    private readonly UInt128[] hashes; // 0 for an unreadable image
    private readonly int[] shorter, longer; // 0 if unknown
    private readonly List<BadImage> damaged = [];
    private int decoded, gray;

    private DatasetScan(string name, IImageDataset data)
    {
        (Name, Data) = (name, data);
        hashes = new UInt128[data.Count];
        (shorter, longer) = (new int[data.Count], new int[data.Count]);
    }

    /// <summary>The part: <c>train</c> or <c>test</c>.</summary>
    public string Name { get; }

    /// <summary>The images that were scanned.</summary>
    public IImageDataset Data { get; }

    /// <summary>The number of images that were decoded or could not be decoded.</summary>
    public int Decoded => decoded;

    /// <summary>The images that cannot be decoded, with the reasons.</summary>
    public IReadOnlyList<BadImage> Damaged => damaged;

    /// <summary>The share of gray images among the decoded ones.</summary>
    public double GrayShare => (double)gray / Math.Max(1, decoded - damaged.Count);

    /// <summary>The shorter sides in pixels: smallest, median and largest.</summary>
    public (int Smallest, int Median, int Largest) Shorter { get; private set; }

    /// <summary>The longer sides in pixels: smallest, median and largest.</summary>
    public (int Smallest, int Median, int Largest) Longer { get; private set; }

    /// <summary>The number of images whose longer side is more than three times the shorter.</summary>
    public int Elongated { get; private set; }

    /// <summary>The number of images per class; empty without labels.</summary>
    public int[] ClassCounts { get; private set; } = [];

    /// <summary>The number of images with the same bytes as an earlier image.</summary>
    public int Repeated { get; private set; }

    /// <summary>Scans a part.</summary>
    /// <param name="name"><c>train</c> or <c>test</c>.</param>
    /// <param name="data">The images.</param>
    /// <param name="most">About the largest number of images to decode. Images in memory or in records are all decoded.</param>
    /// <param name="threads">Images scanned at the same time.</param>
    /// <param name="messages">Receives progress.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <param name="decoding">The pages and channels that a training takes; null for the first page and all channels.</param>
    /// <exception cref="IOException">The images cannot be read any more.</exception>
    public static DatasetScan Of(string name, IImageDataset data, int most, int threads, IMessages messages,
        CancellationToken cancellationToken, DecodeOptions? decoding = null)
    {
        var survey = new DatasetScan(name, data) { decoding = decoding };
        int done = 0;
        _ = messages.Progress(data.Name, data.Count, report =>
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
            InParallel.For(data.Count, options, index =>
            {
                survey.Look(index, (double)most / data.Count);
                lock (survey.damaged) report(++done, "");
            });
            return 0;
        });
        survey.Sum();
        return survey;
    }

    /// <summary>The number of different images that are in both parts.</summary>
    /// <param name="other">The scan of the other part.</param>
    public int SharedWith(DatasetScan other) => CopiesIn(other).Count();

    /// <summary>The number of images with a shorter side below this.</summary>
    /// <param name="side">In pixels.</param>
    public int SmallerThan(int side) => ImagesSmallerThan(side).Count();

    private void Sum()
    {
        damaged.Sort((a, b) => a.Index.CompareTo(b.Index));
        (Shorter, Longer) = (Spread(shorter), Spread(longer));
        Elongated = ElongatedImages().Count();
        Repeated = Copies().Count();
        if (Data.Classes.Count == 0) return;
        ClassCounts = new int[Data.Classes.Count];
        for (int i = 0; i < Data.Count; i++)
        {
            if (Data.Label(i) is >= 0 and var label) ClassCounts[label]++;
        }
    }

    private static (int, int, int) Spread(int[] sides)
    {
        int[] known = [.. sides.Where(side => side > 0).Order()];
        return known.Length == 0 ? default : (known[0], known[known.Length / 2], known[^1]);
    }
}
