using System.Globalization;
using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>Counts what is found in one tar and not used.</summary>
/// <param name="path">The tar.</param>
internal sealed class ShardLeftovers(string path)
{
    private const int MostKinds = 16;

    private readonly OmissionCounter counter = new(isOrdered: true);

    /// <summary>Counts a sparse image or label.</summary>
    public void Sparse(TarMember member) =>
        Count("sparse file in a tar", "its bytes do not lie in one piece; unpack the tar, and pack it without --sparse", member.Name,
            member.Entry);

    /// <summary>Counts a link whose target is not in the tar.</summary>
    public void Dangling(TarMember member) =>
        Count("link out of a tar", "what it names is no plain file of the tar; pack it with --dereference", member.Name, member.Entry);

    /// <summary>Counts a second image in a record.</summary>
    public void Second(TarMember member, string extension) =>
        Count($".{extension} beside another image of its record", "of a record the first image is read", member.Name, member.Entry,
            isExpected: true);

    /// <summary>Counts files beside an image that are images too: masks and other views of it.</summary>
    public void BesideImage(ShardGroup group)
    {
        foreach (string extension in group.Extensions.Where(IsImageWithPoints)) Count(
            $".{extension} beside an image of its record", "of a record the image without further points is read", group, isExpected: true);
    }

    /// <summary>Counts a record without a readable image.</summary>
    public void WithoutImage(ShardGroup group)
    {
        if (group.IsCounted) return;
        foreach (string extension in group.Extensions.Where(IsImageWithPoints))
            Count($"image *{Path.GetExtension(extension)} with several points in its name", "a record's name ends at the first " +
                "point, and what follows says what a file is; rename them, with _ for the points", group);
        if (group.Extensions.Exists(IsImageWithPoints)) return;
        string kinds = counter.Kinds >= MostKinds ? "other files"
            : string.Join(' ', group.Extensions.Distinct().Order(StringComparer.Ordinal).Take(4).Select(extension => "." + extension));
        // Other readers may read this as an image, so a user may expect it here too.
        bool isExpected = group.Label < 0
            && !group.Extensions.Exists(extension => extension is "npy" or "pyd" || UnsupportedFormats.Contains("." + extension));
        Count($"record of {kinds}", $"none of its files is an image that is read ({string.Join(' ', ImageDecoder.Extensions)})", group,
            isExpected);
    }

    /// <summary>All omissions. No text contains a line break.</summary>
    public IReadOnlyList<Omission> ToOmissions() => counter.ToList();

    private static bool IsImageWithPoints(string extension) =>
        extension.LastIndexOf('.') is >= 0 and var point && ImageDecoder.Extensions.Contains(extension[point..]);

    private void Count(string what, string reason, ShardGroup group, bool isExpected = false) =>
        Count(what, reason, group.Name, group.Entry, isExpected);

    private void Count(string what, string reason, string name, long entry, bool isExpected = false) =>
        counter.Add(what, reason, string.Create(CultureInfo.InvariantCulture, $"{path}, {name} at offset {entry}"), isExpected);
}
