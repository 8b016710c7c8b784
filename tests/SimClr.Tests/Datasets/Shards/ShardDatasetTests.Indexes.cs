using System.Formats.Tar;
using System.Runtime.InteropServices;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed partial class ShardDatasetTests
{
    [Fact]
    public void An_index_is_remade_if_its_tar_changed_and_kept_in_memory_if_not_writable()
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
        Directory.CreateDirectory(temp.At("x.simclr-index")); // where not even root can create a file
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
        Should.Throw<InvalidDataException>(() => Open(tar)).Message.ShouldBe($"{path} is an index of version 4, and this program reads versions 1 to 3: a newer one wrote it.");
        File.ReadAllBytes(path).ShouldBe(index);
    }

    [Fact]
    public void A_file_of_another_program_with_the_name_of_the_index_is_kept()
    {
        string tar = temp.Write("x.tar", Tars.Of(TarEntryFormat.Ustar, ("0.jpg", Tars.Jpeg(10)), ("0.cls", "2"u8.ToArray())));
        byte[] dali = [.. "v1.2 1\njpg 512 340 0.jpg\n"u8]; // as written by NVIDIA DALI's wds2idx
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
    public void An_old_index_is_used_for_packed_tars_and_left_alone_for_others()
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

        // An index made from a tar of another program may lack records; it is made again, under the other name.
        BitConverter.TryWriteBytes(index.AsSpan(16), File.GetLastWriteTimeUtc(tar).Ticks);
        BitConverter.TryWriteBytes(index.AsSpan(44), SimClr.IO.Crc32C.Extend(0, index.AsSpan(0, 44)));
        File.WriteAllBytes(first, index);
        Open(tar).Count.ShouldBe(5);
        File.Exists(now).ShouldBeTrue();
        File.ReadAllBytes(first).ShouldBe(index);
    }

    [Fact]
    public void An_index_with_impossible_numbers_is_refused_before_memory_is_allocated()
    {
        string tar = temp.Write("x.tar", Tars.Of(TarEntryFormat.Ustar, ("0.jpg", Tars.Jpeg(10)), ("0.cls", "2"u8.ToArray())));
        Open(tar);
        byte[] index = File.ReadAllBytes(temp.At("x.simclr-index"));
        foreach (var (at, value) in ((int, int)[])[(28, 2), (32, 2_000_000_000), (32, -1)]) // labelled flag, number of classes
        {
            byte[] hostile = [.. index];
            BitConverter.TryWriteBytes(hostile.AsSpan(at), value);
            BitConverter.TryWriteBytes(hostile.AsSpan(44), SimClr.IO.Crc32C.Extend(0, hostile.AsSpan(0, 44)));
            File.WriteAllBytes(temp.At("x.simclr-index"), hostile);
            Should.Throw<InvalidDataException>(() => Open(tar)).Message.ShouldSatisfyAllConditions(m => m.ShouldStartWith(temp.At("x.simclr-index")), m => m.ShouldContain("which is impossible"));
        }
        // a label beyond the classes; no checksum covers it on reading
        BitConverter.TryWriteBytes(index.AsSpan(ShardIndexHeader.Bytes + 16), 3);
        File.WriteAllBytes(temp.At("x.simclr-index"), index);
        Should.Throw<InvalidDataException>(() => Open(tar).Label(0)).Message.ShouldContain("is damaged");
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
}
