
namespace SimClr.Datasets;

/// <summary>How images are packed into shards.</summary>
public sealed record PackOptions
{
    /// <summary>The smallest <see cref="ShardBytes"/>: 1 MB.</summary>
    public const long LeastShardBytes = 1_000_000;

    /// <summary>The largest size of a shard in bytes, at least 1 MB. Default 256 MB.</summary>
    public long ShardBytes { get; init; } = 256_000_000;

    /// <summary>The largest number of images in a shard, at least 1; 0 (the default) for no limit.</summary>
    public int ShardImages { get; init; }

    /// <summary>
    /// The shorter side in pixels that larger images are resized to, as JPEG; at least 8. 0 (the default) keeps the bytes of every image.
    /// </summary>
    public int ShortSide { get; init; }

    /// <summary>The JPEG quality of resized images, in [1, 100]. Default 95.</summary>
    public int Quality { get; init; } = 95;

    /// <summary>
    /// The side of the square tiles that images are cut into, in pixels; at least 8. The last tile of a row or column is moved inwards. 0
    /// (the default): images are not cut.
    /// </summary>
    public int TileSide { get; init; }

    /// <summary>The pixels that neighbouring tiles share, in [0, <see cref="TileSide"/> / 2]. Default 0.</summary>
    public int TileOverlap { get; init; }

    /// <summary>Whether tiles whose pixels are all equal are left out. Default: no.</summary>
    public bool SkipEmptyTiles { get; init; }

    /// <summary>What happens when an image cannot be decoded. Default: it is reported and left out.</summary>
    public BadImagePolicy OnBadImage { get; init; } = BadImagePolicy.Skip;

    /// <summary>Images processed at the same time, at least 1. The shards do not depend on it. Default 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ShardBytes, LeastShardBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(ShardImages);
        if (ShortSide is not (0 or >= 8)) throw new ArgumentOutOfRangeException(
            nameof(ShortSide), ShortSide, "The shorter side must be 0 (every image as it is) or at least 8.");
        if (Quality is not (>= 1 and <= 100))
            throw new ArgumentOutOfRangeException(nameof(Quality), Quality, "The quality must lie in [1, 100].");
        if (TileSide is not (0 or >= 8)) throw new ArgumentOutOfRangeException(
            nameof(TileSide), TileSide, "The side of a tile must be 0 (images are not cut) or at least 8.");
        if (TileOverlap < 0 || TileOverlap > TileSide / 2) throw new ArgumentOutOfRangeException(
            nameof(TileOverlap), TileOverlap, $"The overlap must lie in [0, {TileSide / 2}], half of a tile.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
    }
}
