
namespace SimClr.Datasets;

/// <summary>How images are packed into shards.</summary>
public sealed record PackOptions
{
    /// <summary>The smallest <see cref="ShardBytes"/>: 1 MB.</summary>
    public const long LeastShardBytes = 1_000_000;

    /// <summary>A shard ends before it would grow beyond this, in bytes, at least 1 MB. Default 256 MB.</summary>
    public long ShardBytes { get; init; } = 256_000_000;

    /// <summary>A shard ends with this many images, at least 1; 0 (the default) for any number.</summary>
    public int ShardImages { get; init; }

    /// <summary>Images whose shorter side is longer are resized to it and encoded as JPEG, in pixels, at least 8; 0 (the default) keeps every image's own bytes.</summary>
    public int ShortSide { get; init; }

    /// <summary>Of those JPEGs, in [1, 100]. Default 95.</summary>
    public int Quality { get; init; } = 95;

    /// <summary>What an image does that cannot be decoded. Default: it is named and left out.</summary>
    public BadImagePolicy OnBadImage { get; init; } = BadImagePolicy.Skip;

    /// <summary>Images in the making at the same time, at least 1; the shards are the same for any number. Default 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside; the message names it.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ShardBytes, LeastShardBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(ShardImages);
        if (ShortSide is not (0 or >= 8)) throw new ArgumentOutOfRangeException(nameof(ShortSide), ShortSide, "The shorter side must be 0 (every image as it is) or at least 8.");
        if (Quality is not (>= 1 and <= 100)) throw new ArgumentOutOfRangeException(nameof(Quality), Quality, "The quality must lie in [1, 100].");
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
    }
}
