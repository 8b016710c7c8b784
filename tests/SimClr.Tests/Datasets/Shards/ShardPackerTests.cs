using System.Security.Cryptography;
using SimClr.Datasets;
using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

public sealed class ShardPackerTests : IDisposable
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
        using var cancellation = new CancellationTokenSource();
        bool finished = ShardPacker.Pack(images, temp.At(name), options ?? new PackOptions(), new Listener(progress =>
        {
            if (progress.LeftOut is { } bad) leftOut?.Add(bad);
            if (progress.Done == cancelAfter) cancellation.Cancel();
        }), cancellation.Token);
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

        leftOut.Single().Reason.ShouldContain(temp.At("photos", "cat", "a.4 ü.jpg"));
        var packed = (IEncodedImages)ImageDatasets.Open(shards, DatasetPart.Train);
        int[] kept = [.. Enumerable.Range(0, photos.Count).Where(i => i != leftOut[0].Index)];
        packed.Count.ShouldBe(kept.Length);
        for (int i = 0; i < kept.Length; i++)
        {
            packed.ReadEncoded(i).ShouldBe(((IEncodedImages)photos).ReadEncoded(kept[i]));
            packed.Label(i).ShouldBe(photos.Label(kept[i]));
        }
        packed.FileName(0).ShouldBe("000000000_a_0__.jpg");
        packed.FileName(8).ShouldBe("000000009_png.png"); // what it is, not what it was called
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
    public void The_same_images_give_the_same_bytes_whatever_the_threads_and_however_often_it_was_stopped()
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
    public void A_shard_without_its_index_ends_the_packing_rather_than_being_replaced()
    {
        string shards = Pack(new SyntheticImages(3), "shards");
        File.Delete(Path.Combine(shards, "images-000000.simclr-index"));
        Should.Throw<InvalidDataException>(() => Pack(new SyntheticImages(3), "shards")).Message.ShouldContain("images-000000.tar has no index");
    }

    [Fact]
    public void No_shard_grows_beyond_its_limit_and_none_is_much_smaller_but_the_last()
    {
        var images = new Noise(30, side: 150); // 67,500 bytes that do not shrink
        string shards = Pack(images, "shards", new PackOptions { ShardBytes = 1_000_000, Threads = 2 });
        long[] sizes = [.. Directory.GetFiles(shards, "*.tar").Order(StringComparer.Ordinal).Select(tar => new FileInfo(tar).Length)];
        sizes.Length.ShouldBe(3);
        sizes.ShouldAllBe(size => size <= 1_000_000);
        sizes[..^1].ShouldAllBe(size => size > 900_000);
    }

    [Fact]
    public void Pythons_tarfile_reads_the_records_as_WebDataset_groups_them()
    {
        var photos = Photos();
        string shards = Pack(photos, "shards", new PackOptions { ShardImages = 4 });
        const string Program = """
            import tarfile, sys, glob, hashlib, re
            for path in sorted(glob.glob(sys.argv[1] + '/*.tar')):
                records = {}
                for member in tarfile.open(path):
                    assert member.isfile() and (member.mtime, member.uid, member.gid) == (0, 0, 0)
                    key, extension = re.match(r'^((?:.*/|)[^.]+)[.]([^/]*)$', member.name).groups()
                    records.setdefault(key, {})[extension] = tarfile.open(path).extractfile(member).read()
                for key, record in records.items():
                    image, = [v for k, v in record.items() if k != 'cls']
                    print(key.split('_')[0], int(record['cls']), hashlib.sha256(image).hexdigest())
            """;
        using var python = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("python3", ["-c", Program, shards]) { RedirectStandardOutput = true })!;
        string[] lines = python.StandardOutput.ReadToEnd().Trim().Split('\n');
        python.WaitForExit();
        var expected = Enumerable.Range(0, photos.Count).Where(i => i != 2)
            .Select(i => $"{i:D9} {photos.Label(i)} {Convert.ToHexStringLower(SHA256.HashData(((IEncodedImages)photos).ReadEncoded(i)))}");
        lines.ShouldBe(expected);
    }

    [Fact]
    public void Large_images_get_the_short_side_and_small_ones_keep_their_bytes()
    {
        temp.Write("in/large.jpg", Tars.Jpeg(100, 60, 40));
        temp.Write("in/small.jpg", Tars.Jpeg(100, 16, 40));
        var images = ImageDatasets.Open(temp.At("in"), DatasetPart.Train);
        var packed = (IEncodedImages)ImageDatasets.Open(Pack(images, "shards", new PackOptions { ShortSide = 16 }), DatasetPart.Train);
        var large = packed.Read(0);
        (large.Width, large.Height).ShouldBe((24, 16));
        ((int)large.Pixels.Span[0]).ShouldBeInRange(98, 102);
        packed.ReadEncoded(1).ShouldBe(((IEncodedImages)images).ReadEncoded(1));
    }

    [Fact]
    public void Resizing_is_Pillows()
    {
        var image = new Noise(1, side: 30).Read(0);
        var smaller = ImageEncoder.Shrink(new DecodedImage(image.Pixels[..(30 * 20 * 3)], 30, 20), 7)!.Value;
        (smaller.Width, smaller.Height).ShouldBe((10, 7)); // 10.5, to even
        string pillow = Python.Run($"""
            from PIL import Image
            print(Image.frombytes('RGB', (30, 20), bytes.fromhex('{Convert.ToHexString(image.Pixels.Span[..(30 * 20 * 3)])}')).resize((10, 7), Image.BILINEAR).tobytes().hex())
            """);
        byte[] expected = Convert.FromHexString(pillow);
        for (int i = 0; i < expected.Length; i++) ((int)smaller.Pixels.Span[i]).ShouldBeInRange(expected[i] - 1, expected[i] + 1);
    }

    [Fact]
    public void Every_changed_byte_of_a_shard_or_its_index_is_found()
    {
        string shards = Pack(new SyntheticImages(3), "shards"), tar = Path.Combine(shards, "images-000000.tar"), index = Path.Combine(shards, "images-000000.simclr-index");
        byte[] whole = File.ReadAllBytes(tar), known = File.ReadAllBytes(index);
        var record = ShardScan.Records(tar).ElementAt(1);
        long end = ShardScan.Records(tar).Last().Offset;
        foreach (var (file, content, at, sentence) in ((string, byte[], long, string)[])
        [
            (tar, whole, record.Offset + 20, $"000000001.png at offset {record.Entry}: its bytes are not those that were packed"),
            (tar, whole, record.Entry + 3, "its checksum is wrong"),
            (tar, whole, record.Offset + 512 * ((record.Length + 511) / 512) + 512, "the record at offset"), // the label
            (index, known, ShardIndexHeader.Bytes + ShardRecord.Bytes, "is not that of the index"),
            (index, known, ShardIndexHeader.Bytes + ShardRecord.Bytes + 20, "000000001.png at offset"),
            (index, known, 10, "has no index with checksums"),
        ])
        {
            byte[] changed = [.. content];
            changed[at] ^= 1;
            File.WriteAllBytes(file, changed);
            ShardCheck.Problems(shards).ShouldContain(problem => problem.Contains(sentence, StringComparison.Ordinal), $"byte {at} of {file}");
            File.WriteAllBytes(file, content);
        }
        ShardCheck.Problems(shards).ShouldBeEmpty();

        byte[] flipped = [.. whole];
        flipped[record.Offset + 20] ^= 1;
        File.WriteAllBytes(tar, flipped);
        var data = ImageDatasets.Open(shards, DatasetPart.Train);
        data.Read(0).Width.ShouldBeGreaterThan(0);
        Should.Throw<InvalidDataException>(() => data.Read(1)).Message.ShouldBe($"{tar}, the image at offset {record.Offset}: its checksum is not that of {index}; the tar is damaged, or another than was packed.");
        File.WriteAllBytes(tar, whole[..(int)end]);
        ShardCheck.Problems(shards).Single().ShouldContain("has no index with checksums");
    }

    private sealed class Noise(int count, int side) : IImageDataset
    {
        public string Name => "noise";

        public int Count => count;

        public IReadOnlyList<string> Classes => [];

        public int Label(int index) => -1;

        public string Describe(int index) => $"noise {index}";

        public DecodedImage Read(int index)
        {
            byte[] pixels = new byte[3 * side * side];
            new Random(index).NextBytes(pixels);
            return new DecodedImage(pixels, side, side);
        }
    }

    private sealed class Listener(Action<PackProgress> told) : IProgress<PackProgress>
    {
        public void Report(PackProgress value) => told(value);
    }
}
