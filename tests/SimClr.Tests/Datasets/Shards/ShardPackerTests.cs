using System.Security.Cryptography;
using SimClr.Datasets;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

public sealed partial class ShardPackerTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private IImageDataset Photos()
    {
        for (int i = 0; i < 9; i++) temp.Write($"photos/{(i % 2 == 0 ? "cat" : "dog")}/a.{i} ü.jpg", Tars.Jpeg((byte)(20 * i)));
        temp.Write("photos/cat/a.4 ü.jpg", [.. Tars.Jpeg(80).AsSpan(0, 200)]); // cut off
        temp.Write("photos/dog/png.jpg", TinyImages.Encode(5, 4, SKEncodedImageFormat.Png, (x, y) => new SKColor((byte)x, (byte)y, 7)));
        return ImageDatasets.Open(temp.At("photos"), DatasetPart.Train);
    }

    private string Pack(IImageDataset images, string name, PackOptions? options = null, int cancelAfter = int.MaxValue, List<BadImage>? leftOut = null)
    {
        using var cancellationToken = new CancellationTokenSource();
        bool finished = ShardPacker.Pack(images, temp.At(name), options ?? new PackOptions(), new Listener(progress =>
        {
            if (progress.Skipped is { } bad) leftOut?.Add(bad);
            if (progress.Done == cancelAfter) cancellationToken.Cancel();
        }), cancellationToken.Token);
        finished.ShouldBe(cancelAfter >= images.Count);
        return temp.At(name);
    }

    private static string Contents(string folder) =>
        string.Join('\n', Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(file => $"{Path.GetFileName(file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"));

    [Fact]
    public void Packed_images_keep_their_bytes_order_and_labels_and_a_damaged_one_is_named_and_left_out()
    {
        var photos = Photos();
        var leftOut = new List<BadImage>();
        string shards = Pack(photos, "shards", new PackOptions { ShardImages = 4, Threads = 2 }, leftOut: leftOut);

        leftOut.Single().Reason.ShouldContain(temp.Named("photos", "cat", "a.4 ü.jpg"));
        var packed = (IEncodedImages)ImageDatasets.Open(shards, DatasetPart.Train);
        int[] kept = [.. Enumerable.Range(0, photos.Count).Where(i => i != leftOut[0].Index)];
        packed.Count.ShouldBe(kept.Length);
        for (int i = 0; i < kept.Length; i++)
        {
            packed.ReadEncoded(i).ShouldBe(((IEncodedImages)photos).ReadEncoded(kept[i]));
            packed.Label(i).ShouldBe(photos.Label(kept[i]));
        }
        packed.FileName(0).ShouldBe("000000000_a_0__.jpg");
        packed.FileName(8).ShouldBe("000000009_png.png"); // the actual format, not the extension
        Directory.GetFiles(shards, "*.tar").Length.ShouldBe(3);
        ShardCheck.Problems(shards).ShouldBeEmpty();

        Should.Throw<InvalidDataException>(() => Pack(photos, "other", new PackOptions { OnBadImage = BadImagePolicy.Fail })).Message.ShouldContain("a.4 ü.jpg");
    }

    [Fact]
    public void Pixels_without_a_file_become_PNG_without_loss()
    {
        var images = new SyntheticImages(11);
        var packed = ImageDatasets.Open(Pack(images, "shards"), DatasetPart.Train);
        for (int i = 0; i < 11; i++)
        {
            packed.Read(i).Pixels.ToArray().ShouldBe(images.Read(i).Pixels.ToArray());
            packed.Label(i).ShouldBe(images.Label(i));
        }
        ((IEncodedImages)packed).FileName(3).ShouldBe("000000003.png");
    }

    [Fact]
    public void The_same_images_give_the_same_bytes_with_any_threads_and_interruptions()
    {
        var images = new SyntheticImages(23, 4, damaged: [8, 22]);
        var options = new PackOptions { ShardImages = 5 };
        string straight = Contents(Pack(images, "straight", options));
        Contents(Pack(images, "threads", options with { Threads = 3 })).ShouldBe(straight);
        for (int stop = 1; stop < 23; stop += 3)
        {
            string name = $"stopped-{stop}";
            Pack(images, name, options, cancelAfter: stop);
            Directory.GetFiles(temp.At(name), "*.tar").Length.ShouldBeLessThanOrEqualTo(stop / 5);
            Contents(Pack(images, name, options with { Threads = 2 })).ShouldBe(straight, $"stopped after {stop} images");
        }
    }

    [Fact]
    public void A_shard_without_its_index_stops_the_packing_and_is_not_replaced()
    {
        string shards = Pack(new SyntheticImages(3), "shards");
        File.Delete(Path.Combine(shards, "images-000000.simclr-index"));
        Should.Throw<InvalidDataException>(() => Pack(new SyntheticImages(3), "shards")).Message.ShouldContain("images-000000.tar has no index");
    }

    [Fact]
    public void No_shard_exceeds_its_limit_and_only_the_last_is_much_smaller()
    {
        var images = new Noise(30, side: 150); // 67,500 incompressible bytes
        string shards = Pack(images, "shards", new PackOptions { ShardBytes = 1_000_000, Threads = 2 });
        long[] sizes = [.. Directory.GetFiles(shards, "*.tar").Order(StringComparer.Ordinal).Select(tar => new FileInfo(tar).Length)];
        sizes.Length.ShouldBe(3);
        sizes.ShouldAllBe(size => size <= 1_000_000);
        sizes[..^1].ShouldAllBe(size => size > 900_000);
    }

    private sealed class Listener(Action<PackProgress> told) : IProgress<PackProgress>
    {
        public void Report(PackProgress value) => told(value);
    }
}
