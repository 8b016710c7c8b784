using Parquet;
using Parquet.Schema;
using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Tests;

namespace SimClr.Fuzz.Readers;

/// <summary>Parquet files with images: of DuckDB (<c>Seeds/make_parquet.sql</c>), of Arrow, and of a writer of required columns.</summary>
internal static class ParquetReaders
{
    public static IEnumerable<FuzzReader> All()
    {
        byte[][] seeds = [.. ((string[])["snappy", "zstd", "gzip", "v2", "nested", "pyarrow", "version2", "delta"]).Select(name => SeedFiles.Read($"{name}.parquet"))];
        yield return new("parquet", "x.parquet", [.. seeds, Required()], Read) { Allowance = 320 << 20, Refuses = FuzzReader.RefusesSettings };
    }

    // Every row: bytes or a sentence about this row, a name, and a label within the classes.
    private static void Read(string path)
    {
        var (train, test) = ParquetImages.Open(path);
        BrokenPromiseException.Unless(train.Count > 0 && test is null, $"{train.Count} images");
        var files = (IEncodedImages)train;
        for (int i = 0; i < train.Count; i++)
        {
            BrokenPromiseException.Unless(train.Label(i) >= -1 && train.Label(i) < train.Classes.Count, $"image {i} has the label {train.Label(i)}");
            BrokenPromiseException.Unless(!files.FileName(i).Contains('/'), $"image {i} has the name {files.FileName(i)}");
            try
            {
                _ = files.ReadEncoded(i);
            }
            catch (InvalidDataException e) when (e.Message.StartsWith($"{train.Describe(i)}: ", StringComparison.Ordinal))
            {
                // It has no bytes.
            }
        }
    }

    private static byte[] Required()
    {
        var (image, label) = (new DataField<byte[]>("image", nullable: false), new DataField<int>("label"));
        using var file = new MemoryStream();
        var writer = ParquetWriter.CreateAsync(new ParquetSchema(image, label), file).GetAwaiter().GetResult();
        using (var group = writer.CreateRowGroup())
        {
            group.WriteAsync(image, (byte[][])[Tars.Jpeg(10), Tars.Jpeg(20), [1]]).GetAwaiter().GetResult();
            group.WriteAsync<int>(label, new[] { 0, 2, 1 }).GetAwaiter().GetResult();
            group.CompleteValidate();
        }
        writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return file.ToArray();
    }
}
