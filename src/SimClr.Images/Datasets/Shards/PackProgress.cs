namespace SimClr.Datasets;

/// <summary>The progress of packing.</summary>
/// <param name="Done">Images processed so far.</param>
/// <param name="Shards">Finished shards.</param>
/// <param name="Skipped">The damaged image that was left out just now, or null.</param>
/// <param name="IsEmpty">Whether a tile of one colour was left out just now.</param>
public sealed record PackProgress(int Done, int Shards, BadImage? Skipped, bool IsEmpty = false);
