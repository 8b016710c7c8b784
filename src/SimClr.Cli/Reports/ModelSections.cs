using SimClr.Cli.Drawing;
using SimClr.Datasets;
using SimClr.Pretraining;
using static TorchSharp.torch;

namespace SimClr.Cli.Reports;

/// <summary>What goes into the encoder, and what it does first.</summary>
internal static class ModelSections
{
    private const int MaxTile = 112;

    /// <summary>Images beside pairs of their views, as pretraining makes them.</summary>
    public static PictureSection Views(IImageDataset data, PretrainOptions options, out SpriteData sprite)
    {
        var tiles = new Sprite(Math.Min(options.ImageSize, MaxTile));
        var rows = ViewSheet.Rows(data, options, images: 6, pairs: 3).Select(row => new PictureRow(row.Caption,
        [
            new PictureData(tiles.Add(row.Original), "original"),
            .. row.Pairs.SelectMany((pair, i) => (PictureData[])[new(tiles.Add(pair.First), $"view {i + 1}a"), new(tiles.Add(pair.Second), $"view {i + 1}b")]),
            .. row.SmallCrops.Select((crop, i) => new PictureData(tiles.Add(crop), $"small crop {i + 1}")),
        ])).ToList();
        sprite = tiles.ToData();
        return new PictureSection("views", "views", $"Views of {options.ImageSize} × {options.ImageSize} pixels of {data.Name}, two of each image in every epoch.", rows);
    }

    /// <summary>The weights of the first convolution, each filter scaled by itself; gray is 0.</summary>
    public static PictureSection Filters(nn.Module trained, nn.Module untrained, out SpriteData sprite)
    {
        using var scope = NewDisposeScope();
        int side = (int)First(trained).shape[^1];
        var tiles = new Sprite(side);
        var rows = new[] { ("trained", trained), ("untrained", untrained) }.Select(encoder =>
        {
            var weight = First(encoder.Item2).detach().cpu().to(ScalarType.Float32);                    // (K, C, k, k)
            var scaled = weight / weight.abs().amax([1, 2, 3], keepdim: true).clamp_min(1e-12) * 127.5 + 127.5;
            scaled = scaled.index_select(1, tensor((long[])[.. Enumerable.Range(0, 3).Select(i => Math.Min(i, scaled.shape[1] - 1))])); // as DecodedImage.ToRgb
            float[] values = scaled.permute(0, 2, 3, 1).contiguous().data<float>().ToArray();           // (K, k, k, 3)
            return new PictureRow(encoder.Item1, [.. values.Chunk(3 * side * side).Select((filter, i) =>
                new PictureData(tiles.AddExact(Array.ConvertAll(filter, v => (byte)Math.Clamp(MathF.Round(v), 0, 255))), $"{encoder.Item1} filter {i + 1}"))]);
        }).ToList();
        sprite = tiles.ToData(lossless: true);
        return new PictureSection("filters", "filters", $"{rows[0].Pictures.Count} filters of {side} × {side} pixels over R, G and B, each scaled by its largest weight; gray is 0.", rows);
    }

    private static Tensor First(nn.Module encoder) => encoder.state_dict().First(t => t.Value.dim() == 4).Value;
}
