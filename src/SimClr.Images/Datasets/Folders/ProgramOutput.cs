namespace SimClr.Datasets;

/// <summary>Recognises folders that this program wrote, by the files in them. The pictures in them are not images of a data set.</summary>
internal static class ProgramOutput
{
    private static readonly (string What, string[] Files, string Picture)[] Known =
    [
        ("folder of a run", ["recipe.yaml", "run.json"], ""),
        ("folder of clusters", ["clusters.csv"], "cluster-"),
        ("folder of TensorBoard's projector", ["projector_config.pbtxt", "tensors.tsv"], ""),
    ];

    /// <summary>The kind of output in a folder with these file names; null for a user's own folder.</summary>
    public static string? KindOf(IReadOnlyCollection<string> names) =>
        Array.Find(Known, known =>
            known.Files.All(names.Contains) && names.Any(name => name.StartsWith(known.Picture, StringComparison.Ordinal))).What;
}
