using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>The images of a command, in the order of their paths. Their names do not depend on where the data is stored.</summary>
public sealed class ImageList
{
    private readonly UnitedDataset data;
    private readonly string[] parts;
    private readonly string prefix;

    /// <summary>Joins parts of a data set.</summary>
    /// <param name="name">The name of the data, for people.</param>
    /// <param name="folder">The folder that names are relative to; null if there is none.</param>
    /// <param name="parts">Each with its name: <c>train</c>, <c>test</c>.</param>
    public ImageList(string name, string? folder, IReadOnlyList<(string Name, IImageDataset Data)> parts)
    {
        // Each part is in the order of its paths. Joining the parts by their first path keeps the whole in that order.
        var ordered = parts.OrderBy(part => PortablePath.Of(part.Data.Describe(0)), StringComparer.Ordinal).ToList();
        this.parts = [.. ordered.Select(part => part.Name)];
        data = UnitedDataset.Of(name, [.. ordered.Select(part => part.Data)]);
        prefix = folder is null ? "" : PortablePath.Of(folder).TrimEnd('/') + '/';
    }

    /// <summary>All images, in order.</summary>
    public IImageDataset Data => data;

    /// <summary>The number of images.</summary>
    public int Count => data.Count;

    /// <summary><c>train</c> or <c>test</c>.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string PartOf(int index) => parts[data.SetOf(index)];

    /// <summary>The path relative to the data's folder, or file and record; with <c>/</c> on every system.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string FileOf(int index) => NameOf(data, index);

    /// <summary>The place of a tile in a larger picture; null for any other image.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public ImageTile? TileOf(int index) => data.Tile(index);

    /// <summary>The name of an image of one of the parts, relative to the data's folder.</summary>
    internal string NameOf(IImageDataset part, int index)
    {
        string place = PortablePath.Of(part.Describe(index));
        return prefix.Length > 0 && place.StartsWith(prefix, StringComparison.Ordinal) ? place[prefix.Length..] : place;
    }

    /// <summary>The name of the class, or null where the image has no label.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string? ClassOf(int index) => data.Label(index) is >= 0 and var label ? data.Classes[label] : null;

    /// <summary>The class, or the file name if there is none: a short caption for a picture.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string Caption(int index) => ClassOf(index) ?? FileOf(index).Split('/')[^1];

    /// <summary>Identifies this list: the SHA-256 of all names and classes in their order. Reads no pixels.</summary>
    public string Sha256()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < Count; i++)
            sha.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{FileOf(i)}\n{ClassOf(i)}\n")));
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
