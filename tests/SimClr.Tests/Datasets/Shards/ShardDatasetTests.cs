using System.Formats.Tar;
using System.Runtime.InteropServices;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class ShardDatasetTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private static IImageDataset Open(string path, DatasetPart part = DatasetPart.Train) => ImageDatasets.Open(path, part);

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Records_are_neighbours_with_one_name_up_to_the_first_point(TarEntryFormat format)
    {
        string longName = format == TarEntryFormat.Ustar ? "a/b/c" : string.Concat(Enumerable.Repeat("folder/", 40)) + "é";
        temp.Write("x.tar", Tars.Of(format,
            ("./000.cls", "1"u8.ToArray()), ("./000.jpg", Tars.Jpeg(10)), ("./000.json", "{}"u8.ToArray()),
            ("v1.2/001.jpeg", Tars.Jpeg(60)), ("v1.2/001.seg.png", [1, 2]), ("v1.2/001.cls", " 0\n"u8.ToArray()), ("v1.2/001.txt", "a cat"u8.ToArray()),
            ("._002.jpg", [0]), ("002", [0]), ("note.txt", [0]),
            (longName + ".PNG", Tars.Jpeg(110)), (longName + ".jpg", Tars.Jpeg(200)), (longName + ".cls", "0"u8.ToArray())));

        foreach (int opened in (int[])[1, 2]) // by an index that is made, and by the one that is there then
        {
            var data = Open(temp.Root);
            data.Count.ShouldBe(3);
            data.Classes.ShouldBe(["0", "1"]);
            Enumerable.Range(0, 3).Select(data.Label).ShouldBe([1, 0, 0]);
            Enumerable.Range(0, 3).Select(i => (double)data.Read(i).Pixels.Span[0]).Select(shade => Math.Round(shade / 50)).ShouldBe([0, 1, 2], $"opened {opened} times");
            data.Describe(0).ShouldStartWith($"{temp.At("x.tar")}, ./000.jpg at offset ");
            data.Describe(2).ShouldContain(longName + ".PNG at offset ");
            ((IEncodedImages)data).FileName(1).ShouldBe("001.jpeg");
            ((IEncodedImages)data).ReadEncoded(1).ShouldBe(Tars.Jpeg(60));
            File.Exists(temp.At("x.simclr-index")).ShouldBeTrue();
        }
        Open(temp.At("x.tar")).Count.ShouldBe(3);
    }

    [Fact]
    public void Tars_by_GNU_tar_and_by_Python_are_read()
    {
        temp.Write("in/a.jpg", Tars.Jpeg(10));
        temp.Write("in/a.cls", "3"u8.ToArray());
        temp.Write("in/b.jpg", Tars.Jpeg(60));
        Shell("tar", "--sort=name", "-cf", temp.At("gnu.tar"), "-C", temp.Root, "in");
        Shell("python3", "-c", $"import tarfile; t = tarfile.open('{temp.At("python.tar")}', 'w'); t.add('{temp.At("in")}', 'in'); t.close()");
        foreach (string tar in (string[])["gnu.tar", "python.tar"])
        {
            var data = ImageDatasets.Open(temp.At(tar), DatasetPart.Pretraining);
            int labelled = data.Label(0) >= 0 ? 0 : 1;
            (data.Count, data.Label(labelled), data.Label(1 - labelled), data.Classes.Count).ShouldBe((2, 3, -1, 4));
            data.Read(0).Width.ShouldBe(12);
            Open(temp.At(tar)).Count.ShouldBe(1); // labelled ones alone
        }
    }

    [Fact]
    public void An_index_is_made_anew_where_its_tar_has_changed_and_in_memory_where_it_cannot_be_written()
    {
        string tar = temp.Write("x.tar", Tars.Of(TarEntryFormat.Ustar, ("0.jpg", Tars.Jpeg(10))));
        Open(tar).Count.ShouldBe(1);
        File.WriteAllBytes(tar, Tars.Of(TarEntryFormat.Ustar, ("0.jpg", Tars.Jpeg(10)), ("1.jpg", Tars.Jpeg(20))));
        Open(tar).Count.ShouldBe(2);

        byte[] index = File.ReadAllBytes(temp.At("x.simclr-index"));
        foreach (int at in (int[])[7, 9, 25]) // version, length, records
        {
            byte[] damaged = [.. index];
            damaged[at] ^= 1;
            File.WriteAllBytes(temp.At("x.simclr-index"), damaged);
            Open(tar).Count.ShouldBe(2);
            File.ReadAllBytes(temp.At("x.simclr-index")).ShouldBe(index);
        }

        File.Delete(temp.At("x.simclr-index"));
        Directory.CreateDirectory(temp.At("x.simclr-index")); // where no file can be put, not even by root
        var data = Open(tar);
        (data.Count, data.Read(1).Height).ShouldBe((2, 9));
    }

    [Fact]
    public void An_index_of_a_newer_version_is_refused_and_stays()
    {
        string tar = temp.Write("x.tar", Tars.Of(TarEntryFormat.Ustar, ("0.jpg", Tars.Jpeg(10)))), path = temp.At("x.simclr-index");
        Open(tar).Count.ShouldBe(1);
        byte[] index = File.ReadAllBytes(path);
        var header = MemoryMarshal.Read<ShardIndexHeader>(index);
        header = (header with { Magic = header.Magic + (1UL << 56) }).Checked();
        MemoryMarshal.Write(index, in header);
        File.WriteAllBytes(path, index);
        Should.Throw<InvalidDataException>(() => Open(tar)).Message.ShouldBe($"{path} is an index of version 3, and this program reads versions 1 to 2: a newer one wrote it.");
        File.ReadAllBytes(path).ShouldBe(index);
    }

    [Fact]
    public void Another_programs_file_of_the_indexs_name_stays_as_it_is()
    {
        string tar = temp.Write("x.tar", Tars.Of(TarEntryFormat.Ustar, ("0.jpg", Tars.Jpeg(10)), ("0.cls", "2"u8.ToArray())));
        byte[] dali = [.. "v1.2 1\njpg 512 340 0.jpg\n"u8]; // NVIDIA DALI's wds2idx
        foreach (string name in (string[])["x.idx", "x.simclr-index"])
        {
            temp.Write(name, dali);
            var data = Open(tar);
            (data.Count, data.Label(0), data.Read(0).Width).ShouldBe((1, 2, 12));
            File.ReadAllBytes(temp.At(name)).ShouldBe(dali, name);
        }
        Directory.GetFiles(temp.Root).Length.ShouldBe(3);
    }

    [Fact]
    public void An_index_of_the_first_version_is_read_where_its_tar_was_packed_and_stays_where_it_was_found()
    {
        ShardPacker.Pack(new SyntheticImages(5), temp.Root, new PackOptions());
        string tar = temp.At("images-000000.tar"), now = temp.At("images-000000.simclr-index"), first = temp.At("images-000000.idx");
        byte[] index = File.ReadAllBytes(now);
        index[7] = 1;
        BitConverter.TryWriteBytes(index.AsSpan(44), SimClr.IO.Crc32C.Extend(0, index.AsSpan(0, 44)));
        File.WriteAllBytes(first, index);
        File.Delete(now);
        ShardCheck.Problems(temp.Root).ShouldBeEmpty();
        Open(tar).Count.ShouldBe(5);
        File.Exists(now).ShouldBeFalse();

        // One that was made of a tar from elsewhere may lack records: it is made anew, under the other name.
        BitConverter.TryWriteBytes(index.AsSpan(16), File.GetLastWriteTimeUtc(tar).Ticks);
        BitConverter.TryWriteBytes(index.AsSpan(44), SimClr.IO.Crc32C.Extend(0, index.AsSpan(0, 44)));
        File.WriteAllBytes(first, index);
        Open(tar).Count.ShouldBe(5);
        File.Exists(now).ShouldBeTrue();
        File.ReadAllBytes(first).ShouldBe(index);
    }

    [Fact]
    public void An_index_that_promises_what_cannot_be_is_refused_before_anything_is_made_that_large()
    {
        string tar = temp.Write("x.tar", Tars.Of(TarEntryFormat.Ustar, ("0.jpg", Tars.Jpeg(10)), ("0.cls", "2"u8.ToArray())));
        Open(tar);
        byte[] index = File.ReadAllBytes(temp.At("x.simclr-index"));
        foreach (var (at, value) in ((int, int)[])[(28, 2), (32, 2_000_000_000), (32, -1)]) // labelled, classes
        {
            byte[] hostile = [.. index];
            BitConverter.TryWriteBytes(hostile.AsSpan(at), value);
            BitConverter.TryWriteBytes(hostile.AsSpan(44), SimClr.IO.Crc32C.Extend(0, hostile.AsSpan(0, 44)));
            File.WriteAllBytes(temp.At("x.simclr-index"), hostile);
            Should.Throw<InvalidDataException>(() => Open(tar)).Message.ShouldSatisfyAllConditions(m => m.ShouldStartWith(temp.At("x.simclr-index")), m => m.ShouldContain("which cannot be"));
        }
        BitConverter.TryWriteBytes(index.AsSpan(ShardIndexHeader.Bytes + 16), 3); // a label beyond the classes, which no checksum covers when it is read
        File.WriteAllBytes(temp.At("x.simclr-index"), index);
        Should.Throw<InvalidDataException>(() => Open(tar).Label(0)).Message.ShouldContain("is damaged");
    }

    [Fact]
    public void Parts_and_class_names_are_found()
    {
        byte[] Labelled(params int[] labels) => Tars.Of(TarEntryFormat.Ustar, [.. labels.Index().SelectMany(label => ((string, byte[])[])[($"{label.Index}.jpg", Tars.Jpeg(9)), ($"{label.Index}.cls", [(byte)('0' + label.Item)])])]);
        temp.Write("train/0.tar", Labelled(0, 1));
        temp.Write("train/1.tar", Labelled(2));
        temp.Write("train/empty.tar", Tars.Of(TarEntryFormat.Ustar));
        temp.Write("train/2.tar", Labelled(1));
        temp.Write("val/0.tar", Labelled(2));
        ImageDatasets.HasTest(temp.Root).ShouldBeTrue();
        var (train, test) = (Open(temp.Root), Open(temp.Root, DatasetPart.Test));
        Enumerable.Range(0, 4).Select(train.Label).ShouldBe([0, 1, 2, 1]);
        (test.Count, test.Label(0)).ShouldBe((1, 2));
        train.Classes.ShouldBe(["0", "1", "2"]);

        temp.Write("classnames.txt", "cat\ndog\n bird \n"u8.ToArray());
        Open(temp.Root).Classes.ShouldBe(["cat", "dog", "bird"]);
        Open(temp.At("train")).Classes.ShouldBe(["cat", "dog", "bird"]);
        temp.Write("classnames.txt", "cat\ndog\n"u8.ToArray());
        Should.Throw<InvalidDataException>(() => Open(temp.Root, DatasetPart.Test)).Message.ShouldContain("has the label 2; there are 2 classes");
    }

    [Fact]
    public void What_is_no_part_of_a_data_set_is_refused_with_what_to_do()
    {
        byte[] tar = Tars.Of(TarEntryFormat.Ustar, ("0.jpg", Tars.Jpeg(1)));
        Refused("imagenet-train-0.tar", tar, "imagenet-val-0.tar", tar, "put them into folders train and test");
        Refused("0.tar", tar, "a.jpg", Tars.Jpeg(1), "holds tars and image files");
        Refused("0.tar.gz", [0x1f, 0x8b], "notes.txt", [], "compressed tars (0.tar.gz)");

        void Refused(string one, byte[] first, string two, byte[] second, string sentence)
        {
            using var folder = new TempFolder();
            folder.Write(one, first);
            folder.Write(two, second);
            var message = Should.Throw<InvalidDataException>(() => Open(folder.Root)).Message;
            message.ShouldContain(sentence);
            message.ShouldStartWith(folder.Root);
        }
    }

    [Fact]
    public void Bytes_per_record_read_do_not_grow_with_the_number_of_records()
    {
        byte[] jpeg = Tars.Jpeg(7, 8, 8);
        double PerRecord(int records)
        {
            var images = ImageDatasets.Open(temp.Write($"{records}.tar", Tars.Of(TarEntryFormat.Ustar, [.. Enumerable.Range(0, records).Select(i => ($"{i}.jpg", jpeg))])), DatasetPart.Pretraining);
            for (int i = 0; i < 200; i++) images.Read(i * 7 % records); // warm
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 500; i++) images.Read((int)(i * 7919L % records));
            return (GC.GetAllocatedBytesForCurrentThread() - before) / 500.0;
        }
        double few = PerRecord(1_000);
        PerRecord(20_000).ShouldBeInRange(0.9 * few, 1.1 * few);
        ImageDatasets.Open(temp.At("20000.tar"), DatasetPart.Train); // JIT
        long opening = GC.GetAllocatedBytesForCurrentThread();
        ImageDatasets.Open(temp.At("20000.tar"), DatasetPart.Train);
        (GC.GetAllocatedBytesForCurrentThread() - opening).ShouldBeLessThan(20_000); // a byte a record
    }

    private static void Shell(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
    }
}
