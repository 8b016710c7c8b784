namespace SimClr.Datasets;

/// <summary>How far packing is.</summary>
/// <param name="Done">Images looked at, of all.</param>
/// <param name="Shards">Shards that are finished.</param>
/// <param name="Skipped">The image that was left out just now, or null.</param>
public sealed record PackProgress(int Done, int Shards, BadImage? Skipped);
