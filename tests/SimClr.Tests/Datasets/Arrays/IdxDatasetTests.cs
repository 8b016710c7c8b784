using System.IO.Compression;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class IdxDatasetTests
{
    private static readonly byte[] Images = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 4, .. Enumerable.Range(100, 24).Select(i => (byte)i)];
    private static readonly byte[] Labels = [0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 2];

    [Theory]
    [InlineData("-", "", false)]
    [InlineData("-", ".gz", true)]
    [InlineData(".", "", false)]
    public void Gray_is_repeated_and_labels_are_read(string dash, string end, bool packed)
    {
        using var temp = new TempFolder();
        temp.Write($"mnist/train-images{dash}idx3-ubyte{end}", packed ? Gzip(Images) : Images);
        temp.Write($"mnist/train-labels{dash}idx1-ubyte{end}", packed ? Gzip(Labels) : Labels);

        var train = IdxDataset.Open(temp.At("mnist"), DatasetPart.Train);

        (train.Name, train.Count).ShouldBe(("mnist train", 3));
        train.Classes.ShouldBe(["0", "1", "2", "3", "4", "5"]);
        new[] { train.Label(0), train.Label(1), train.Label(2) }.ShouldBe([5, 0, 2]);
        var image = train.Read(1).Checked();
        (image.Width, image.Height).ShouldBe((4, 2));
        image.Pixels.ToArray().ShouldBe(Enumerable.Range(108, 8).SelectMany(v => Enumerable.Repeat((byte)v, 3)));
        IdxDataset.HasTest(temp.At("mnist")).ShouldBeFalse();
    }

    [Fact]
    public void Both_parts_agree_on_the_classes()
    {
        using var temp = new TempFolder();
        Write(temp);
        temp.Write("t10k-images-idx3-ubyte", Images);
        temp.Write("t10k-labels-idx1-ubyte", [.. Labels[..8], 1, 1, 9]);

        IdxDataset.Open(temp.Root, DatasetPart.Train).Classes.Count.ShouldBe(10);
        IdxDataset.Open(temp.Root, DatasetPart.Test).Classes.Count.ShouldBe(10);

        File.WriteAllLines(temp.At("class_names.txt"), ["T-shirt", "b", "c", "d", "e", "f", "g", "h", "i", "Ankle boot"]);
        IdxDataset.Open(temp.Root, DatasetPart.Train).Classes[9].ShouldBe("Ankle boot");
    }

    // The element types of the format: 9 is a signed byte; 0x0b and 0x0c have 16 and 32 bits, big-endian.
    [Theory]
    [InlineData(9, "05ff02")]
    [InlineData(0x0b, "0005ffff0002")]
    [InlineData(0x0c, "00000005ffffffff00000002")]
    public void Labels_may_be_signed_integers_of_any_width_and_minus_one_means_unlabelled(byte type, string labels)
    {
        using var temp = new TempFolder();
        temp.Write("train-images-idx3-ubyte", Images);
        temp.Write("train-labels-idx1-ubyte", [0, 0, type, 1, 0, 0, 0, 3, .. Convert.FromHexString(labels)]);
        var all = IdxDataset.Open(temp.Root, DatasetPart.Pretraining);
        Enumerable.Range(0, 3).Select(all.Label).ShouldBe([5, -1, 2]);
        all.Classes.Count.ShouldBe(6);
        var labelled = IdxDataset.Open(temp.Root, DatasetPart.Train);
        Enumerable.Range(0, labelled.Count).Select(labelled.Label).ShouldBe([5, 2]);
    }

    [Fact]
    public void A_small_packed_file_that_promises_gigabytes_is_refused_before_they_are_allocated()
    {
        using var temp = new TempFolder();
        string path = temp.Write("train-images-idx3-ubyte.gz", Gzip([0, 0, 8, 3, 0, 1, 0, 0, 0, 0, 0, 100, 0, 0, 0, 100]));
        Should.Throw<InvalidDataException>(() => IdxDataset.Open(temp.Root, DatasetPart.Train)).Message.ShouldStartWith($"{path}: its head promises 65536 × 100 × 100 bytes, more than ");
    }

    [Fact]
    public void Without_a_label_file_the_images_have_no_labels()
    {
        using var temp = new TempFolder();
        temp.Write("train-images-idx3-ubyte", Images);
        var train = IdxDataset.Open(temp.Root, DatasetPart.Pretraining);
        (train.Classes.Count, train.Label(2)).ShouldBe((0, -1));
    }

    [Theory]
    [InlineData(3, 1, "the magic number at offset 0 is 0x00000801, not 0x00000803 (IDX, unsigned bytes, 3 dimensions)")]
    [InlineData(2, 13, "the magic number at offset 0 is 0x00000d03")]
    [InlineData(7, 0, "dimension 0, at offset 4, is 0; it must be at least 1")]
    [InlineData(8, 255, "dimension 1, at offset 8, is -16777214")]
    [InlineData(4, 127, "its head, up to offset 12, promises more than")]
    [InlineData(7, 4, "the file ends at offset 40; its head promises 4 × 2 × 4 bytes, up to offset 48")]
    [InlineData(7, 2, "the file goes beyond offset 32, where it should end according to its header")]
    public void A_wrong_head_is_named_with_the_offset(int offset, byte value, string message)
    {
        using var temp = new TempFolder();
        byte[] images = [.. Images];
        images[offset] = value;
        Write(temp, images);
        Failure(temp).ShouldStartWith($"{temp.At("train-images-idx3-ubyte")}: {message}");
    }

    [Fact]
    public void A_truncated_file_is_reported_at_every_length_plain_and_gzipped()
    {
        for (int length = 0; length < Images.Length; length++)
        {
            using var plain = new TempFolder();
            Write(plain, Images[..length]);
            Failure(plain).ShouldSatisfyAllConditions(m => m.ShouldStartWith(plain.At("train-images-idx3-ubyte")), m => m.ShouldContain($"ends at offset {length}"));

            using var inner = new TempFolder();
            inner.Write("train-images-idx3-ubyte.gz", Gzip(Images[..length]));
            Failure(inner).ShouldStartWith($"{inner.At("train-images-idx3-ubyte.gz")}: unpacked, the file ends at offset {length}");
        }

        // A gzip file that is truncated within its last eight bytes (checksum and length), or within the end mark before them, has lost no
        // element.
        byte[] packed = Gzip(Images);
        for (int length = 0; length < packed.Length - 9; length++)
        {
            using var outer = new TempFolder();
            outer.Write("train-images-idx3-ubyte.gz", packed[..length]);
            Failure(outer).ShouldStartWith(outer.At("train-images-idx3-ubyte.gz"));
        }
    }

    [Fact]
    public void Damaged_compression_is_reported()
    {
        using var temp = new TempFolder();
        byte[] packed = Gzip(Images);
        packed[^6] ^= 1; // the checksum
        temp.Write("train-images-idx3-ubyte.gz", packed);
        Failure(temp).ShouldStartWith($"{temp.At("train-images-idx3-ubyte.gz")}: the compressed data is damaged");
    }

    [Fact]
    public void The_numbers_of_labels_and_images_must_be_equal()
    {
        using var temp = new TempFolder();
        Write(temp);
        temp.Write("train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 5, 0]);
        Failure(temp).ShouldContain("3 images and 2 labels");
    }

    private static string Failure(TempFolder temp) =>
        Should.Throw<InvalidDataException>(() => IdxDataset.Open(temp.Root, DatasetPart.Train)).Message;

    private static void Write(TempFolder temp, byte[]? images = null)
    {
        temp.Write("train-images-idx3-ubyte", images ?? Images);
        temp.Write("train-labels-idx1-ubyte", Labels);
    }

    internal static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(content);
        return packed.ToArray();
    }
}
