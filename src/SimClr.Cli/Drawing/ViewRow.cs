using SimClr.Views;

namespace SimClr.Cli.Drawing;

/// <summary>What pretraining makes of one image.</summary>
/// <param name="Caption">Its class or number.</param>
/// <param name="Original">The image.</param>
/// <param name="Pairs">Its views, epoch by epoch.</param>
/// <param name="SmallCrops">Its small crops of the first epoch; empty where the run makes none.</param>
internal sealed record ViewRow(string Caption, RgbImage Original, IReadOnlyList<(RgbImage First, RgbImage Second)> Pairs, params IReadOnlyList<RgbImage> SmallCrops);
