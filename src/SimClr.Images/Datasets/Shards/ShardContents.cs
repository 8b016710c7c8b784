namespace SimClr.Datasets;

/// <summary>The content of one tar: records in WebDataset's layout, and records whose image and label are not side by side.</summary>
/// <param name="Records">The records, in order.</param>
/// <param name="Omissions">What is not used.</param>
/// <param name="Folders">
/// The folders of the images, if no image has a label and not all are at the top. Then <see cref="ShardRecord.Label"/> is the number of the
/// folder. Else empty.
/// </param>
internal sealed record ShardContents(
    IReadOnlyList<ShardRecord> Records, IReadOnlyList<Omission> Omissions, IReadOnlyList<string> Folders)
{
    private const int Several = -2;

    /// <summary>Reads the headers of a tar.</summary>
    /// <remarks>
    /// If images and labels are apart (all images first, then all labels), an image gets the label of the same key, provided that both
    /// appear once. A key may appear again, for example in joined tars; then only neighbours belong together.
    /// </remarks>
    /// <exception cref="InvalidDataException">As for <see cref="ShardScan.Records"/>.</exception>
    /// <exception cref="IOException">As for <see cref="ShardScan.Records"/>.</exception>
    public static ShardContents Of(string path)
    {
        var records = new List<ShardRecord>();
        var leftovers = new ShardLeftovers(path);
        var (folders, folderOf) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<int>());
        var images = new Dictionary<string, int>(); // records of images without a label, by key
        var labels = new Dictionary<string, (int Label, ShardGroup Group)>(); // labels without an image, by key
        foreach (var group in ShardScan.Groups(path, leftovers))
        {
            if (group.Image is not null)
            {
                if (group.Label < 0) images[group.Key] = images.ContainsKey(group.Key) ? Several : records.Count;
                leftovers.BesideImage(group);
                records.Add(group.Record);
                string folder = group.Key[..Math.Max(0, group.Key.LastIndexOf('/'))];
                if (!folders.TryGetValue(folder, out int number)) folders[folder] = number = folders.Count;
                folderOf.Add(number);
            }
            else if (group.Label >= 0) labels[group.Key] = (labels.ContainsKey(group.Key) ? Several : group.Label, group);
            else leftovers.WithoutImage(group);
        }
        foreach (var (key, (label, group)) in labels)
        {
            if (label >= 0 && images.TryGetValue(key, out int record) && record >= 0)
                records[record] = records[record] with { Label = label };
            else leftovers.WithoutImage(group);
        }
        bool areFolders = records.TrueForAll(record => record.Label < 0) && folders.Count <= ShardScan.MostClasses
            && folders.Keys.Any(folder => folder is not ("" or "."));
        if (!areFolders) return new ShardContents(records, leftovers.ToOmissions(), []);
        return new ShardContents(
            [.. records.Zip(folderOf, (record, folder) => record with { Label = folder })], leftovers.ToOmissions(), [.. folders.Keys]);
    }
}
