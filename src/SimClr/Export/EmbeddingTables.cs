using SimClr.Datasets;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>The output formats of embeddings with names. A damaged image has a row of NaN.</summary>
public static class EmbeddingTables
{
    private const int ReportEvery = 4096;

    private static readonly string[] IndexColumns = ["row", "file", "label", "class", "damaged"];

    /// <summary>Whether a file begins as <see cref="WriteIndex"/> does.</summary>
    /// <param name="file">A file of any kind.</param>
    internal static bool IsIndex(string file) =>
        RegularFile.ReadLines(file).FirstOrDefault()?.StartsWith(string.Join(',', IndexColumns), StringComparison.Ordinal) == true;

    private delegate void RowWriter(int index, bool damaged, ReadOnlySpan<float> values);

    private static readonly string[] TileColumns = ["source", "x", "y"];

    /// <summary>The index beside an NPY file: row, file, label, class, damaged; of tiles also source, x, y.</summary>
    /// <param name="stream">Borrowed.</param>
    /// <param name="rows">The embeddings; read once, in order.</param>
    /// <param name="images">The images, one row each.</param>
    /// <param name="progress">Hears the number of rows written, from time to time.</param>
    public static void WriteIndex(Stream stream, NpyReader rows, ImageList images, Action<int> progress)
    {
        using var csv = new CsvWriter(stream);
        foreach (string column in IndexColumns) csv.Text(column);
        bool hasTiles = WriteTileColumns(csv, images);
        csv.EndLine();
        ForEach(rows, progress, (index, damaged, _) =>
        {
            csv.Number(index);
            WriteImage(csv, images, index, damaged, hasTiles);
            csv.EndLine();
        });
    }

    /// <summary>
    /// file, label, class, damaged, of tiles also source, x, y; then f0, f1, …; the numbers of a damaged image are empty.
    /// </summary>
    /// <param name="stream">Borrowed.</param>
    /// <param name="rows">The embeddings; read once, in order.</param>
    /// <param name="images">The images, one row each.</param>
    /// <param name="progress">Hears the number of rows written, from time to time.</param>
    public static void WriteCsv(Stream stream, NpyReader rows, ImageList images, Action<int> progress)
    {
        using var csv = new CsvWriter(stream);
        csv.Text("file").Text("label").Text("class").Text("damaged");
        bool hasTiles = WriteTileColumns(csv, images);
        for (int i = 0; i < rows.Header.Columns; i++) csv.Text($"f{i}");
        csv.EndLine();
        bool half = rows.Header.IsHalf;
        ForEach(rows, progress, (index, damaged, values) =>
        {
            WriteImage(csv, images, index, damaged, hasTiles);
            foreach (float value in values) _ = half ? csv.HalfNumber((Half)value) : csv.Number(value);
            csv.EndLine();
        });
    }

    /// <summary>file, label, class, damaged, of tiles also source, x, y; then embedding; the numbers of a damaged image are NaN.</summary>
    /// <param name="stream">Borrowed.</param>
    /// <param name="rows">The embeddings; read once, in order.</param>
    /// <param name="images">The images, one row each.</param>
    /// <param name="progress">Hears the number of rows written, from time to time.</param>
    public static void WriteParquet(Stream stream, NpyReader rows, ImageList images, Action<int> progress)
    {
        using var parquet = new ParquetEmbeddings(stream, rows.Header.Columns, images.Data.HasTiles);
        bool hasTiles = images.Data.HasTiles;
        ForEach(rows, progress, (index, damaged, values) =>
            parquet.Write(images.FileOf(index), images.Data.Label(index), images.ClassOf(index), damaged, values,
                hasTiles ? images.TileOf(index) : null));
        parquet.Complete();
    }

    private static void WriteImage(CsvWriter csv, ImageList images, int index, bool damaged, bool hasTiles)
    {
        csv.Text(images.FileOf(index));
        _ = images.Data.Label(index) is >= 0 and var label ? csv.Number(label) : csv.Text("");
        csv.Text(images.ClassOf(index) ?? "").Flag(damaged);
        if (!hasTiles) return;
        if (images.TileOf(index) is { } tile) csv.Text(tile.Source).Number(tile.X).Number(tile.Y);
        else csv.Text("").Text("").Text("");
    }

    private static bool WriteTileColumns(CsvWriter csv, ImageList images)
    {
        if (!images.Data.HasTiles) return false;
        foreach (string column in TileColumns) csv.Text(column);
        return true;
    }

    private static void ForEach(NpyReader rows, Action<int> progress, RowWriter write)
    {
        var values = new float[rows.Header.Columns];
        for (int i = 0; i < rows.Header.Rows; i++)
        {
            rows.Read(i, values);
            write(i, float.IsNaN(values[0]), values);
            if ((i + 1) % ReportEvery == 0 || i + 1 == rows.Header.Rows) progress(i + 1);
        }
    }
}
