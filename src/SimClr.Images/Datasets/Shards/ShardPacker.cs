using System.Globalization;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Packs a data set into shards (<see cref="ShardDataset"/>): <c>images-000000.tar</c> and so on, each with its index. Images keep their
/// order. They keep their encoded bytes too (<see cref="IEncodedImages"/>) if they are not resized. Pixels without a file become PNG, or
/// TIFF if they have more than 8 bits or are not R, G and B. Every image is decoded once, so that no damaged image is packed.
/// </summary>
public static class ShardPacker
{
    private const int LongestName = 60;

    /// <summary>Packs all images, or those that are missing. Complete shards are kept; the result is the same bytes.</summary>
    /// <param name="images">The source, of any type and number of channels. It must be the same as for the existing shards.</param>
    /// <param name="folder">The folder of the shards; created if missing.</param>
    /// <param name="options">The options. They must be the same as for the existing shards.</param>
    /// <param name="progress">Receives every image, in order.</param>
    /// <param name="cancellationToken">Cancels after the current image. Finished shards stay.</param>
    /// <returns>Whether everything is packed; false if it was cancelled.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">
    /// An image is damaged and the policy is to fail; more than half are damaged; or there are shards of another program.
    /// </exception>
    /// <exception cref="IOException">The disk is full or fails, or an image's file cannot be read. Finished shards stay.</exception>
    public static bool Pack(IImageDataset images, string folder, PackOptions options, IProgress<PackProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options.Validate();
        DurableFolder.Create(Path.GetFullPath(folder));
        var (shard, next) = Whole(folder);
        foreach (string leftover in ShardWriter.LeftoversIn(folder)) File.Delete(leftover);

        bool hasGroups = Enumerable.Range(0, images.Count).Any(index => !string.IsNullOrEmpty(images.Group(index)));
        ShardWriter? writer = null;
        int damaged = 0;
        BadImage? first = null;
        try
        {
            foreach (var (index, image) in Ahead(images, next, options))
            {
                if (cancellationToken.IsCancellationRequested) return false;
                if (image.Encoded is { } encoded)
                {
                    byte[]? text = new RecordText(images.Tile(index), hasGroups, hasGroups ? images.Group(index) : null).ToJson();
                    long bytes = encoded.Bytes.Length + (text is null ? 0 : TarReading.Block + TarReading.Padded(text.Length));
                    if (writer?.Fits(bytes, options) == false)
                    {
                        writer.Finish(index);
                        writer.Dispose();
                        (writer, shard) = (null, shard + 1);
                    }
                    writer ??= new ShardWriter(folder, shard);
                    writer.Add(Key(images, index), encoded, images.Label(index), text);
                }
                progress?.Report(new PackProgress(index + 1, shard, image.Bad, image is { Encoded: null, Bad: null }));
                if (image.Bad is null) continue;
                first ??= image.Bad;
                DamageLimit.Require(images, images.Count, ++damaged, () => first);
            }
            writer?.Finish(images.Count);
            return true;
        }
        finally
        {
            writer?.Dispose();
        }
    }

    // The number of complete shards, and the first image of the next one.
    private static (int Shards, int NextImage) Whole(string folder)
    {
        int next = 0;
        for (int shard = 0; ; shard++)
        {
            string tar = ShardWriter.PathOf(folder, shard);
            if (!File.Exists(tar)) return (shard, next);
            if (ShardIndex.Find(tar)?.Header is not { IsSealed: true } header)
                throw new InvalidDataException($"{tar} has no index that was packed with it; remove it, or pack elsewhere.");
            next = header.NextImage;
        }
    }

    private static IEnumerable<(int Index, ((byte[] Bytes, string Extension)? Encoded, BadImage? Bad) Image)> Ahead(
        IImageDataset images, int first, PackOptions options)
    {
        var ahead = new Queue<(DecodeBuffer Buffer, Task<((byte[], string)?, BadImage?)> Image)>();
        Task<DecodedImage>? last = null;
        DecodeBuffer? free = null; // of the tile that was finished last
        try
        {
            for (int index = first, started = first; index < images.Count; index++)
            {
                for (; started < images.Count && ahead.Count <= 2 * options.Threads; started++)
                {
                    int at = started;
                    var buffer = free ?? new DecodeBuffer();
                    free = null;
                    // Tiles are cut one after the other, as their picture is read from its top, and encoded side by side.
                    last = images is not TiledDataset ? null : last is null ? Task.Run(() => images.Read(at, buffer))
                        : last.ContinueWith(_ => images.Read(at, buffer), TaskScheduler.Default);
                    ahead.Enqueue((buffer, last is null ? Task.Run(() => Prepare(images, at, options))
                        : last.ContinueWith(tile => Prepare(images, at, options, tile), TaskScheduler.Default)));
                }
                var (used, image) = ahead.Dequeue();
                var prepared = image.GetAwaiter().GetResult();
                free = used;
                yield return (index, prepared);
            }
        }
        finally
        {
            Task.WhenAny(Task.WhenAll(ahead.Select(waiting => waiting.Image))).Wait(CancellationToken.None); // they read from the images
        }
    }

    private static ((byte[] Bytes, string Extension)? Encoded, BadImage? Bad) Prepare(
        IImageDataset images, int index, PackOptions options, Task<DecodedImage>? tile = null)
    {
        try
        {
            byte[]? own = (images as IEncodedImages)?.ReadEncoded(index);
            var image = ChannelCount.Require(tile is not null ? tile.GetAwaiter().GetResult()
                : own is null ? images.Read(index) : ImageDecoder.Decode(own, images.Describe(index)), images, index);
            if (options.SkipEmptyTiles && TiledDataset.IsOneColour(image)) return (null, null);
            bool isUsual = image is { Type: PixelType.UInt8, Channels: 3 }; // what PNG and JPEG hold here
            if (options.ShortSide > 0 && ImageEncoder.Shrink(image, options.ShortSide) is { } smaller)
                return (isUsual ? (ImageEncoder.Jpeg(smaller, options.Quality), ".jpg") : (ImageEncoder.Tiff(smaller), ".tif"), null);
            return (own is not null ? (own, ImageEncoder.ExtensionOf(own)!)
                : isUsual ? (ImageEncoder.Png(image), ".png") : (ImageEncoder.Tiff(image), ".tif"), null);
        }
        catch (InvalidDataException e) when (options.OnBadImage == BadImagePolicy.Skip)
        {
            return (null, new BadImage(index, e.Message));
        }
    }

    // The number makes the key unique and keeps the order. The name is for people; characters with a meaning in keys and paths are removed.
    private static string Key(IImageDataset images, int index)
    {
        string number = index.ToString("D9", CultureInfo.InvariantCulture);
        if (images.Tile(index) is { } tile)
            return string.Create(CultureInfo.InvariantCulture, $"{number}_{Plain(tile.Source)}_x{tile.X}_y{tile.Y}");
        return images is IEncodedImages files ? $"{number}_{Plain(files.FileName(index))}" : number;
    }

    private static string Plain(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        return string.Concat(name.Take(LongestName).Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_'));
    }
}
