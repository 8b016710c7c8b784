using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Groups of images that show the same thing: a patient, a place, an object. Every image is in one group. In pretraining, the two views of
/// a pair come from two images of a group (Azizi et al. 2021, arXiv 2101.05224: multi-instance contrastive learning). Groups are numbered
/// in the order of their first image.
/// </summary>
/// <remarks>Immutable: safe to read from several threads at once.</remarks>
public sealed class ImageGroups
{
    private readonly int[] groupOf, images, starts; // images are sorted by group; those of a group begin at starts[group]
    private readonly string?[] names;

    private ImageGroups(IReadOnlyList<string?> nameOf)
    {
        groupOf = new int[nameOf.Count];
        var (known, found) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<string?>());
        for (int i = 0; i < groupOf.Length; i++)
        {
            string? name = nameOf[i] is { Length: > 0 } given ? given : null;
            if (name is null || !known.TryGetValue(name, out groupOf[i]))
            {
                groupOf[i] = found.Count;
                found.Add(name);
                if (name is not null) known[name] = groupOf[i];
            }
        }
        names = [.. found];
        starts = new int[names.Length + 1];
        foreach (int group in groupOf) starts[group + 1]++;
        for (int group = 0; group < names.Length; group++) starts[group + 1] += starts[group];
        images = new int[groupOf.Length];
        int[] next = starts[..^1];
        for (int i = 0; i < groupOf.Length; i++) images[next[groupOf[i]]++] = i;
        Summary = Sum();
    }

    /// <summary>Groups images by a name for each image.</summary>
    /// <param name="data">The images.</param>
    /// <param name="nameOf">
    /// The name by index. Images with equal names (ordinal) form a group. An image with a null or empty name is a group of its own.
    /// </param>
    public static ImageGroups By(IImageDataset data, Func<int, string?> nameOf)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(nameOf);
        return new ImageGroups([.. Enumerable.Range(0, data.Count).Select(nameOf)]);
    }

    /// <summary>
    /// Groups images by the absolute path of the folder that contains the file. With one folder per class these are the classes.
    /// </summary>
    /// <param name="data">
    /// Images in files. All records of one file (CIFAR, arrays) form one group. Images in a tar are grouped by the folder of their name in
    /// the tar.
    /// </param>
    public static ImageGroups ByFolder(IImageDataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return By(data, i => Path.GetDirectoryName(data.Describe(i)) is { } folder ? PortablePath.Of(folder) : null);
    }

    /// <summary>
    /// The groups that the data itself names, or the pictures that its tiles were cut from; null if no two images are in one.
    /// </summary>
    internal static ImageGroups? Named(IImageDataset data)
    {
        var nameOf = NameIn(data);
        if (!Enumerable.Range(0, data.Count).Any(image => nameOf(image) is not null)) return null;
        var groups = By(data, nameOf);
        return groups.Count < data.Count ? groups : null;
    }

    /// <summary>The name of the group of each image of <see cref="Named"/>; null for an image without one.</summary>
    internal static Func<int, string?> NameIn(IImageDataset data)
    {
        bool hasTiles = data.HasTiles;
        return image => data.Group(image) is { Length: > 0 } name ? name : hasTiles ? data.Tile(image)?.Source : null;
    }

    /// <summary>The number of groups.</summary>
    public int Count => names.Length;

    /// <summary>The number of images in all groups.</summary>
    public int ImageCount => groupOf.Length;

    /// <summary>The sizes of the groups, and a hash of their images.</summary>
    public GroupSummary Summary { get; }

    /// <summary>The group of an image, in [0, <see cref="Count"/>).</summary>
    /// <param name="image">The image's index in the data set.</param>
    public int Of(int image) => groupOf[image];

    /// <summary>The common name of the images of a group; null for a single image without a name.</summary>
    /// <param name="group">The group, from 0.</param>
    public string? Name(int group) => names[group];

    /// <summary>The images of a group, as ascending indices in the data set; at least one.</summary>
    /// <param name="group">The group, from 0.</param>
    public ReadOnlySpan<int> Images(int group) => images.AsSpan(starts[group]..starts[group + 1]);

    /// <summary>
    /// Whether the groups equal the classes of these images. An image without a label must be alone in its group. If so, training with
    /// these groups is training with labels. False if every image is a group of its own.
    /// </summary>
    /// <param name="labelled">The same images, with their labels.</param>
    public bool AreClassesOf(IImageDataset labelled)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        if (labelled.Classes.Count == 0 || labelled.Count != ImageCount || Summary.Largest < 2) return false;
        var groupOfLabel = new Dictionary<int, int>();
        for (int i = 0; i < ImageCount; i++)
        {
            int label = labelled.Label(i);
            if (label < 0 ? Images(groupOf[i]).Length > 1 : groupOfLabel.TryGetValue(label, out int known) && known != groupOf[i])
                return false;
            if (label >= 0) groupOfLabel[label] = groupOf[i];
        }
        return groupOfLabel.Values.Distinct().Count() == groupOfLabel.Count;
    }

    private GroupSummary Sum()
    {
        int[] sizes = [.. Enumerable.Range(0, Count).Select(group => starts[group + 1] - starts[group]).Order()];
        string sha = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<int>(groupOf)));
        return Count == 0 ? new(0, 0, 0, 0, 0, sha)
            : new(Count, sizes.Count(size => size == 1), sizes[0], sizes[Count / 2], sizes[^1], sha);
    }
}
