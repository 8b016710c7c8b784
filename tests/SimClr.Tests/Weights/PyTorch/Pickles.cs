using System.IO.Compression;
using System.Text;

namespace SimClr.Tests.Weights;

/// <summary>Files of torch.save by hand: the pickle instructions are given as Latin-1 text.</summary>
internal static class Pickles
{
    /// <summary>A dict entry 'w': a float32 tensor of the two elements of storage data/0.</summary>
    public static string Weight { get; } = Tensor("J\0\0\0\0(J\x02\0\0\0t(J\x01\0\0\0t");

    /// <summary>The entry 'w' with another offset, shape and strides.</summary>
    public static string Tensor(string window, string storage = "torch\nFloatStorage\n") =>
        $"X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagec{storage}X\x01\0\0\00X\x03\0\0\0cpuK\x02tQ{window}\u0089ccollections\nOrderedDict\n)RtRs";

    /// <summary>A string.</summary>
    public static string Text(string text) => $"X{(char)(text.Length & 255)}{(char)(text.Length >> 8 & 255)}{(char)(text.Length >> 16)}\0{text}";

    /// <summary>Writes an archive.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="program">The pickle between PROTO 2 and STOP.</param>
    /// <param name="records">The other records of the archive.</param>
    public static string Archive(TempFolder folder, string program, params (string Name, byte[] Data)[] records)
    {
        string path = folder.At($"{Guid.NewGuid():n}.pth");
        Zip(path, "x/", CompressionLevel.NoCompression, [("data.pkl", [0x80, 2, .. Encoding.Latin1.GetBytes(program), (byte)'.']), .. records]);
        return path;
    }

    public static void Zip(string path, string root, CompressionLevel level, IEnumerable<(string Name, byte[] Data)> records)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var (name, data) in records)
        {
            using var record = archive.CreateEntry(root + name, level).Open();
            record.Write(data);
        }
    }

    /// <summary>The records of an archive, without their folder.</summary>
    public static IReadOnlyList<(string Name, byte[] Data)> Records(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        return [.. archive.Entries.Select(e =>
        {
            using var data = new MemoryStream();
            using (var record = e.Open()) record.CopyTo(data);
            return (e.FullName[(e.FullName.IndexOf('/', StringComparison.Ordinal) + 1)..], data.ToArray());
        })];
    }
}
