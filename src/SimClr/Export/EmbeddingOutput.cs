using SimClr.Datasets;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>
/// A file of embeddings in the making: rows go to <c>x.csv.part</c>, an NPY file whatever <c>x.csv</c> will be, and how many
/// have reached the disk to <c>x.csv.json</c>. The file gets its name when it is whole.
/// </summary>
public sealed class EmbeddingOutput
{
    private readonly Action<Stream, NpyReader, ImageList, Action<int>>? convert;

    /// <exception cref="ConfigurationException">The name ends in none of the formats' extensions.</exception>
    public EmbeddingOutput(string path)
    {
        FilePath = Path.GetFullPath(path);
        convert = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".npy" => null,
            ".csv" => EmbeddingTables.WriteCsv,
            ".parquet" => EmbeddingTables.WriteParquet,
            _ => throw new ConfigurationException($"--output takes a file that ends in .npy, .csv or .parquet, not '{path}'."),
        };
    }

    /// <summary>The finished file.</summary>
    public string FilePath { get; }

    /// <summary>The rows that are made so far, as NPY: <c>FILE.part</c>.</summary>
    public string PartFile => FilePath + AtomicFile.Resumable;

    /// <summary>What the rows are of: <c>FILE.json</c>.</summary>
    public string ManifestFile => ManifestOf(FilePath);

    /// <summary>The names beside an NPY file.</summary>
    public string IndexFile => Path.ChangeExtension(FilePath, ".index.csv");

    /// <summary>The manifest of a file of embeddings.</summary>
    public static string ManifestOf(string file) => file + ".json";

    /// <summary>Refuses what is there already, unless it may be gone on with.</summary>
    /// <exception cref="InvalidDataException">There is something.</exception>
    public void RequireFree(bool resume)
    {
        if (File.Exists(FilePath) && !(resume && File.Exists(ManifestFile))) throw new InvalidDataException($"{FilePath} exists already; choose another --output.");
        if (IsBegun && !resume && !File.Exists(FilePath)) throw new InvalidDataException($"{PartFile} was begun already: --resume goes on with it, another --output begins a new one.");
    }

    private bool IsBegun => File.Exists(ManifestFile) && File.Exists(PartFile);

    /// <summary>Begins the file, or finds where to go on.</summary>
    /// <param name="asked">What it is to hold.</param>
    /// <param name="resume">Whether what is there may be gone on with.</param>
    /// <param name="batch">Rows are made that many at a time: a whole number of batches is kept.</param>
    /// <returns>The rows that are there; all of them where the file is finished.</returns>
    /// <exception cref="InvalidDataException">There is something already, and it may not be or is of something else.</exception>
    public int Begin(EmbeddingManifest asked, bool resume, int batch)
    {
        RequireFree(resume);
        bool finished = File.Exists(FilePath);
        if (!finished && !IsBegun)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
            NpyWriter.Create(PartFile, asked.Images, asked.Dimensions, asked.Float16).Dispose();
            asked.Write(ManifestFile);
            return 0;
        }
        var there = EmbeddingManifest.Read(ManifestFile);
        there.Require(asked, finished ? FilePath : PartFile);
        if (finished) return asked.Images;
        int rows = (int)Math.Min(there.RowsDone, NpyWriter.RowsIn(PartFile));
        if (rows < asked.Images) rows -= rows % batch;
        if (NpyWriter.RowsIn(PartFile) == 0) NpyWriter.Create(PartFile, asked.Images, asked.Dimensions, asked.Float16).Dispose();
        return rows;
    }

    /// <summary>Makes the file from its rows, all of which are there, and gives it its name.</summary>
    public void Finish(ImageList images, Action<int> progress)
    {
        if (convert is null)
        {
            using (var rows = new NpyReader(PartFile)) AtomicFile.Write(IndexFile, file => EmbeddingTables.WriteIndex(file, rows, images, progress));
            AtomicFile.Rename(PartFile, FilePath);
            return;
        }
        using (var rows = new NpyReader(PartFile)) AtomicFile.Write(FilePath, file => convert(file, rows, images, progress));
        File.Delete(PartFile);
    }
}
