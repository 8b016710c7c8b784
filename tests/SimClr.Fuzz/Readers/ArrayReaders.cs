using SimClr.Datasets;
using SimClr.Export;
using SimClr.Images;
using SimClr.Tests;

namespace SimClr.Fuzz.Readers;

/// <summary>NumPy files: images, labels, embeddings, and embeddings that a command resumes.</summary>
internal static class ArrayReaders
{
    private static readonly string[] Words = ["'descr': '<i8'", "'fortran_order': True", "'shape': (3,)", "(", ")", ",", "'", "|u1", "<u4", ">i2", "|b1", "{", "}", " "];

    public static IEnumerable<FuzzReader> All()
    {
        byte[] images = Npy.Images(3, 5, 4, 3), labels = Npy.Of("<i8", "(3,)", [.. BitConverter.GetBytes(0L), .. BitConverter.GetBytes(1L), .. BitConverter.GetBytes(-1L)]);
        byte[] bytes = Npy.Of("|u1", "(3,)", 0, 1, 1), rows = SeedFiles.WrittenBy(Rows);
        yield return new("npy images", "train.npy", [images, Npy.Of("|u1", "(3, 2, 2)", new byte[12])], ReadDataset) { Beside = new Dictionary<string, byte[]> { ["train-labels.npy"] = bytes }, Words = Words };
        yield return new("npy labels", "train-labels.npy", [labels, bytes, Npy.Of("<i2", "(3,)", 0, 0, 1, 0, 0xff, 0xff)], ReadDataset) { Beside = new Dictionary<string, byte[]> { ["train.npy"] = images }, Words = Words };
        yield return new("npy embeddings", "x.npy", [rows, SeedFiles.WrittenBy(path => Rows(path, half: true))], ReadRows) { Words = Words };
        yield return new("npy gone on with", "x.npy.part", [rows, rows[..^20]], path =>
        {
            long there = NpyWriter.RowsIn(path);
            BrokenPromiseException.Unless(there >= 0 && there <= new FileInfo(path).Length, $"{there} rows");
            using var writer = NpyWriter.Resume(path, Math.Min(there, 2));
            BrokenPromiseException.Unless(writer.Rows == Math.Min(there, 2), $"{writer.Rows} rows are kept");
        })
        { Words = Words };
    }

    /// <summary>The guarantee of every data set: as many images as it declares, with labels within its classes.</summary>
    public static void Check(IImageDataset data)
    {
        BrokenPromiseException.Unless(data.Count > 0, "there is no image");
        var buffer = new DecodeBuffer();
        for (int i = 0; i < data.Count; i += Math.Max(1, data.Count / 64))
        {
            BrokenPromiseException.Unless(data.Label(i) >= -1 && data.Label(i) < Math.Max(data.Classes.Count, 0), $"image {i} has the label {data.Label(i)} of {data.Classes.Count} classes");
            _ = data.Describe(i);
            var image = data.Read(i, buffer);
            BrokenPromiseException.Unless(image.Pixels.Length == (long)image.Width * image.Height * image.Channels && image.Channels == data.Channels, $"image {i} of {image.Width} × {image.Height} has {image.Pixels.Length} bytes");
        }
    }

    private static void ReadDataset(string path) => Check(NpyDataset.Open(Path.GetDirectoryName(path)!, DatasetPart.Train));

    private static void ReadRows(string path)
    {
        using var reader = new NpyReader(path);
        BrokenPromiseException.Unless(reader.Header.Rows >= 0 && reader.Header.Rows <= new FileInfo(path).Length, $"{reader.Header.Rows} rows");
        for (long row = 0; row < Math.Min(64, reader.Header.Rows); row++) reader.Read(row, new float[reader.Header.Columns]);
    }

    private static void Rows(string path) => Rows(path, half: false);

    private static void Rows(string path, bool half)
    {
        using var writer = NpyWriter.Create(path, 5, 4, half);
        writer.Append([.. Enumerable.Range(0, 20).Select(i => (float)i)]);
    }
}
