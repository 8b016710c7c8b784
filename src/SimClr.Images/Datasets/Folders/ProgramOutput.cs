namespace SimClr.Datasets;

/// <summary>
/// Folders that this program's commands write, known by the files in them. Where they lie below somebody's images, their pictures are no images of the next run.
/// </summary>
internal static class ProgramOutput
{
    private static readonly (string What, string[] Files, string Picture)[] Known =
    [
        ("folder of a run", ["recipe.yaml", "run.json"], ""),
        ("folder of clusters", ["clusters.csv"], "cluster-"),
        ("folder of TensorBoard's projector", ["projector_config.pbtxt", "tensors.tsv"], ""),
    ];

    /// <summary>What a folder with these names in it is; null for a person's own.</summary>
    public static string? KindOf(IReadOnlyCollection<string> names) =>
        Array.Find(Known, known => known.Files.All(names.Contains) && names.Any(name => name.StartsWith(known.Picture, StringComparison.Ordinal))).What;
}
