using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Models;
using SimClr.Pretraining;

namespace SimClr.Cli.Reports;

/// <summary>The input of the encoder (views) and its first layer (filters).</summary>
internal static class ModelSections
{
    private const int MaxTile = 112;

    /// <summary>Images beside pairs of their views, as pretraining makes them.</summary>
    public static PictureSection Views(IImageDataset data, PretrainOptions options, ImageGroups? groups, out SpriteData sprite)
    {
        var tiles = new Sprite(Math.Min(options.ImageSize, MaxTile));
        var rows = ImageViews.Of(data, options, images: 6, pairs: groups is null ? 3 : 1, groups).Select(row => new PictureRow(row.Caption,
        [
            new PictureData(tiles.Add(row.Original), row.SecondOriginal is null ? "original" : "first image"),
            .. row.SecondOriginal is { } second ? [new PictureData(tiles.Add(second), "second image")] : Array.Empty<PictureData>(),
            .. row.Pairs.SelectMany((pair, i) => (PictureData[])[new(tiles.Add(pair.First), $"view {i + 1}a"),
                new(tiles.Add(pair.Second), $"view {i + 1}b")]),
            .. row.SmallCrops.Select((crop, i) => new PictureData(tiles.Add(crop), $"small crop {i + 1}")),
        ])).ToList();
        sprite = tiles.ToData();
        return new PictureSection("views", "views", $"Views of {options.ImageSize} × {options.ImageSize} pixels of {data.Name}, " +
            $"{(groups is null ? "two of each image" : "one of each of two images of a group")} in every epoch.", rows);
    }

    /// <summary>The weights of the first convolution, each filter scaled separately; gray is 0.</summary>
    public static PictureSection Filters(TrainedEncoder model, out SpriteData sprite)
    {
        var encoders = new[] { ("trained", FilterImages.Of(model.Model.Encoder)), ("untrained", FilterImages.Of(model.Untrained)) };
        int side = encoders[0].Item2[0].Width;
        var tiles = new Sprite(side);
        var rows = encoders.Select(encoder => new PictureRow(encoder.Item1,
            [.. encoder.Item2.Select((filter, i) => new PictureData(tiles.AddTile(filter), $"{encoder.Item1} filter {i + 1}"))])).ToList();
        sprite = tiles.ToData(lossless: true);
        return new PictureSection("filters", "filters", $"{rows[0].Pictures.Count} filters of {side} × {side} pixels over R, " +
            $"G and B, each scaled by its largest weight; gray is 0.", rows);
    }
}
