using System.Security.Cryptography;
using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

public sealed partial class ShardPackerTests
{
    [Fact]
    public void Pythons_tarfile_finds_the_records_of_WebDataset()
    {
        Needs.Linux("python3");
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
    public void Large_images_are_resized_to_the_short_side_and_small_ones_keep_their_bytes()
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
    public void Resizing_equals_Pillows()
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
    public void Every_changed_byte_in_a_shard_or_its_index_is_detected()
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
}
