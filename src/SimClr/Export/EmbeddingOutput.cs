using SimClr.Datasets;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>
/// An unfinished file of embeddings. The rows are in <c>x.csv.part</c>, an NPY file for any output format. <c>x.csv.json</c> says how many
/// are on the disk. The finished file gets its final name.
/// </summary>
public sealed class EmbeddingOutput
{
    private readonly Action<Stream, NpyReader, ImageList, Action<int>>? convert;

    /// <summary>Chooses the format by the extension of the file. Writes nothing.</summary>
    /// <param name="path">The finished file: <c>.npy</c>, <c>.csv</c> or <c>.parquet</c>.</param>
    /// <exception cref="ConfigurationException">The name has none of the formats' extensions.</exception>
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

    /// <summary>The rows so far, as NPY: <c>FILE.part</c>.</summary>
    public string PartFile => FilePath + AtomicFile.Resumable;

    /// <summary>The manifest of the rows: <c>FILE.json</c>.</summary>
    public string ManifestFile => ManifestOf(FilePath);

    /// <summary>The file of names beside an NPY file.</summary>
    public string IndexFile => Path.ChangeExtension(FilePath, ".index.csv");

    /// <summary>The manifest of a file of embeddings.</summary>
    /// <param name="file">The file of embeddings.</param>
    public static string ManifestOf(string file) => file + ".json";

    /// <summary>Refuses an existing file, unless it may be resumed.</summary>
    /// <param name="resume">Whether an existing file may be continued.</param>
    /// <exception cref="InvalidDataException">The file exists.</exception>
    public void RequireFree(bool resume)
    {
        if (File.Exists(FilePath) && !(resume && File.Exists(ManifestFile)))
            throw new InvalidDataException($"{FilePath} already exists. Choose another --output.");
        if (IsBegun && !resume && !File.Exists(FilePath))
            throw new InvalidDataException($"{PartFile} is not finished. Continue it with --resume, or choose another --output.");
        if (File.Exists(FilePath) || IsBegun) return;
        // What an earlier file of this name has left is replaced, and nothing else.
        if (File.Exists(ManifestFile) && !IsManifest(ManifestFile)) throw Taken(ManifestFile);
        if (convert is null && File.Exists(IndexFile) && !EmbeddingTables.IsIndex(IndexFile)) throw Taken(IndexFile);

        InvalidDataException Taken(string file) =>
            new($"{file} already exists, and belongs beside {FilePath}. Choose another --output.");
    }

    private static bool IsManifest(string file)
    {
        try
        {
            _ = EmbeddingManifest.Read(file);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private bool IsBegun => File.Exists(ManifestFile) && File.Exists(PartFile);

    /// <summary>Begins the file, or finds where to resume.</summary>
    /// <param name="asked">The requested content.</param>
    /// <param name="resume">Whether an existing file may be resumed.</param>
    /// <param name="batch">The number of rows per batch; only whole batches are kept.</param>
    /// <returns>The number of existing rows; all rows if the file is finished.</returns>
    /// <exception cref="InvalidDataException">A file exists and may not be resumed, or has other content.</exception>
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

    /// <summary>Writes the final file from the complete rows, and gives it its name.</summary>
    /// <param name="images">The images, one row each.</param>
    /// <param name="progress">Hears the number of rows written, from time to time.</param>
    public void Finish(ImageList images, Action<int> progress)
    {
        if (convert is null)
        {
            using (var rows = new NpyReader(PartFile))
                AtomicFile.Write(IndexFile, file => EmbeddingTables.WriteIndex(file, rows, images, progress));
            AtomicFile.Rename(PartFile, FilePath);
            return;
        }
        using (var rows = new NpyReader(PartFile)) AtomicFile.Write(FilePath, file => convert(file, rows, images, progress));
        File.Delete(PartFile);
    }
}
