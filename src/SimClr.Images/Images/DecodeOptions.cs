namespace SimClr.Images;

/// <summary>Which pages and channels of an image file are decoded. Immutable.</summary>
public sealed record DecodeOptions
{
    /// <summary>What becomes of a TIFF with several pages. Default: the first page is the image. Other formats have one page.</summary>
    public ImagePages Pages { get; init; } = ImagePages.First;

    /// <summary>
    /// The channels that are kept, in this order; the first is 1. For example 3, 2, 1 turns B, G, R into R, G, B. Opacity counts as the
    /// last channel. Empty (the default): all; gray becomes R = G = B, and transparent pixels are composited on white.
    /// </summary>
    public IReadOnlyList<int> Channels { get; init; } = [];

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Pages)) throw new ArgumentOutOfRangeException(nameof(Pages), Pages, "Pages must be First or Channels.");
        if (Channels.Any(channel => channel < 1))
            throw new ArgumentOutOfRangeException(nameof(Channels), string.Join(',', Channels), "Channels must be numbers from 1.");
    }

    /// <summary>Whether the pages are the same, and the channels in the same order.</summary>
    /// <param name="other">Other options, or null.</param>
    public bool Equals(DecodeOptions? other) => other is not null && Pages == other.Pages && Channels.SequenceEqual(other.Channels);

    /// <inheritdoc/>
    public override int GetHashCode() => Channels.Aggregate((int)Pages, HashCode.Combine);
}
