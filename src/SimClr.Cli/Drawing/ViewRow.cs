using SimClr.Images;

namespace SimClr.Cli.Drawing;

/// <summary>What pretraining makes of one image.</summary>
/// <param name="Caption">Its class or number.</param>
/// <param name="Original">The image.</param>
/// <param name="Pairs">Its views, epoch by epoch.</param>
/// <param name="SmallCrops">Its small crops of the first epoch; empty where the run makes none.</param>
internal sealed record ViewRow(string Caption, DecodedImage Original, IReadOnlyList<(DecodedImage First, DecodedImage Second)> Pairs, params IReadOnlyList<DecodedImage> SmallCrops);
