namespace SimClr.Datasets;

/// <summary>What one tar holds: the records of WebDataset's, and those whose image and label do not lie side by side.</summary>
/// <param name="Records">In their order.</param>
/// <param name="Omissions">What is not used.</param>
internal sealed record ShardContents(IReadOnlyList<ShardRecord> Records, IReadOnlyList<Omission> Omissions)
{
    private const int Several = -2;

    /// <summary>Goes through the headers of a tar.</summary>
    /// <remarks>
    /// Images of one key that lie apart from their label (all images first, then all labels) get it where both are there once: keys may
    /// come again, as where tars were joined, and then only neighbours belong together.
    /// </remarks>
    /// <exception cref="InvalidDataException">As for <see cref="ShardScan.Records"/>.</exception>
    /// <exception cref="IOException">As for <see cref="ShardScan.Records"/>.</exception>
    public static ShardContents Of(string path)
    {
        var records = new List<ShardRecord>();
        var leftovers = new ShardLeftovers(path);
        var images = new Dictionary<string, int>(); // without a label: their records
        var labels = new Dictionary<string, (int Label, ShardGroup Group)>(); // without an image
        foreach (var group in ShardScan.Groups(path, leftovers))
        {
            if (group.Image is not null)
            {
                if (group.Label < 0) images[group.Key] = images.ContainsKey(group.Key) ? Several : records.Count;
                leftovers.BesideImage(group);
                records.Add(group.Record);
            }
            else if (group.Label >= 0) labels[group.Key] = (labels.ContainsKey(group.Key) ? Several : group.Label, group);
            else leftovers.WithoutImage(group);
        }
        foreach (var (key, (label, group)) in labels)
        {
            if (label >= 0 && images.TryGetValue(key, out int record) && record >= 0) records[record] = records[record] with { Label = label };
            else leftovers.WithoutImage(group);
        }
        return new ShardContents(records, leftovers.ToOmissions());
    }
}
