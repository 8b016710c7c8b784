using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SimClr.Datasets;
using SimClr.Fuzz.Mutations;
using SimClr.Tests;

namespace SimClr.Fuzz.Readers;

/// <summary>Published data sets: MNIST, CIFAR, STL-10, their class names, and the archives that contain them.</summary>
internal static class RecordReaders
{
    public static IEnumerable<FuzzReader> All()
    {
        byte[] images = Idx([3, 4, 5]), labels = Idx([3]);
        labels.AsSpan(8).Clear();
        yield return new("idx images", "train-images-idx3-ubyte", [images], Idx) { Beside = Files("train-labels-idx1-ubyte", labels) };
        yield return new("idx labels", "train-labels-idx1-ubyte", [labels], Idx) { Beside = Files("train-images-idx3-ubyte", images) };
        yield return new("idx, gz", "train-images-idx3-ubyte.gz", [Gzip(images)], Idx) { Beside = Files("train-labels-idx1-ubyte", labels) };
        yield return new("idx in gz", "train-images-idx3-ubyte.gz", [images], Idx) { Beside = Files("train-labels-idx1-ubyte", labels), Pack = Gzip };

        byte[] cifar = new byte[2 * 3073];
        cifar[3073] = 9;
        yield return new("cifar-10", "data_batch_1.bin", [cifar], path => ArrayReaders.Check(CifarDataset.Open(Path.GetDirectoryName(path)!, DatasetPart.Train)))
        {
            Beside = Enumerable.Range(2, 4).ToDictionary(i => $"data_batch_{i}.bin", _ => new byte[3073]),
            Repair = bytes => bytes[..(bytes.Length / 3073 * 3073)],
        };
        byte[] stl = new byte[2 * 27648];
        yield return new("stl-10 images", "train_X.bin", [stl], Stl) { Beside = Files("train_y.bin", [1, 10]), Repair = bytes => bytes[..(bytes.Length / 27648 * 27648)] };
        yield return new("stl-10 labels", "train_y.bin", [[1, 10]], Stl) { Beside = Files("train_X.bin", stl) };
        string[] words = ["\n", "\r\n", "\0", "名", "cat\n", " ", "=1+1", "\u001b[31m"];
        yield return new("class names", "class_names.txt", [Encoding.UTF8.GetBytes("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n")], Stl) { Beside = new Dictionary<string, byte[]> { ["train_X.bin"] = stl, ["train_y.bin"] = [1, 10] }, Words = words };

        byte[] tar = Tars.Of(TarEntryFormat.Pax, ("folder/a.bin", [1, 2, 3]), ("folder/b.txt", "text"u8.ToArray()));
        yield return new("tar.gz", "x.tar.gz", [Gzip(tar)], Unpack);
        yield return new("tar in gz", "x.tar.gz", [tar, Tars.Of(TarEntryFormat.Gnu, ("a.bin", new byte[600]))], Unpack) { Repair = Checksums.Tar, Pack = Gzip };
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return packed.ToArray();
    }

    private static void Idx(string path) => ArrayReaders.Check(IdxDataset.Open(Path.GetDirectoryName(path)!, DatasetPart.Train));

    private static void Stl(string path) => ArrayReaders.Check(Stl10Dataset.Open(Path.GetDirectoryName(path)!, DatasetPart.Train));

    // Whatever an archive contains, no file is unpacked outside the folder.
    private static void Unpack(string path)
    {
        string folder = Path.GetDirectoryName(path)!, target = Path.Combine(folder, "unpacked");
        try
        {
            TarGzArchive.ExtractAsync(path, target, CancellationToken.None).GetAwaiter().GetResult();
        }
        finally
        {
            string[] strays = [.. Directory.EnumerateFileSystemEntries(folder).Where(entry => entry != path && entry != target)];
            BrokenPromiseException.Unless(strays.Length == 0, $"{string.Join(", ", strays)} was unpacked to outside of its folder");
        }
    }

    private static byte[] Idx(int[] sizes)
    {
        byte[] file = new byte[4 + 4 * sizes.Length + sizes.Aggregate((a, b) => a * b)];
        BinaryPrimitives.WriteInt32BigEndian(file, 0x800 + sizes.Length);
        for (int i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * i), sizes[i]);
        return file;
    }

    private static Dictionary<string, byte[]> Files(string name, byte[] bytes) => new() { [name] = bytes };
}
