using System.Text.RegularExpressions;
using SimClr.Datasets;

namespace SimClr.Loading;

/// <summary>
/// Opens an image data set in Parquet files, as Hugging Face's <c>datasets</c> writes them: rows with an image and perhaps a label, and the
/// parts in the names of the files (<c>train-00000-of-00010.parquet</c>) or of their folders.
/// </summary>
public static partial class ParquetImages
{
    private const string Extension = ".parquet";

    /// <summary>Whether a path is a Parquet file, or a folder with Parquet files in it or below it.</summary>
    /// <param name="path">A file or a folder; it need not exist.</param>
    public static bool IsIn(string path) =>
        File.Exists(path) ? HasExtension(path) : Directory.Exists(path) && FilesIn(path).Any();

    /// <summary>
    /// Opens both parts. If there is a test part and a validation part, the test part is the first of them that has labels.
    /// </summary>
    /// <param name="path">A Parquet file, or a folder of them.</param>
    /// <param name="columns">The columns. Null for the usual ones.</param>
    /// <returns>The training part, and the test part or null.</returns>
    /// <exception cref="InvalidDataException">
    /// A file is damaged; it has no column of images; two files name other classes; or there is a test part alone. The message names the
    /// file.
    /// </exception>
    /// <exception cref="ConfigurationException">A column must be chosen, or the chosen one does not exist.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static (IImageDataset Train, IImageDataset? Test) Open(string path, ParquetColumns? columns = null)
    {
        path = Path.GetFullPath(path);
        string name = new DirectoryInfo(path).Name;
        string[] files = File.Exists(path) ? [path] : [.. FilesIn(path).Order(StringComparer.Ordinal)];
        var tables = files
            .Select(file => (Part: PartOf(file), Table: ParquetTable.Open(file, columns ?? new ParquetColumns()))).ToList();
        if (tables is [var only]) tables = [(null, only.Table)];
        List<ParquetTable> train = [.. tables.Where(t => t.Part?.Kind != PartName.Part.Test).Select(t => t.Table)];
        var tests = tables.Where(t => t.Part?.Kind == PartName.Part.Test)
            .GroupBy(t => t.Part!.Rank, t => t.Table).OrderBy(part => part.Key).ToList();
        if (train.Count == 0)
            throw new InvalidDataException($"{path} has a test part, {Path.GetFileName(tests[0].First().File)}, but no training part.");
        var labels = ParquetLabels.Of(train);
        var test = tests.Find(part => labels.Of([.. part], out _)?.Any(label => label >= 0) == true) ?? tests.FirstOrDefault();
        var unused = tests.Where(part => part != test).SelectMany(part => part).Select(table => table.File).ToList();
        IReadOnlyList<Omission> omissions = unused.Count == 0 ? [] : [new("Parquet file", unused.Count,
            $"{Path.GetFileName(test!.First().File)} is of the test part, and there is one alone", unused[0], IsExpected: true)];
        return (new ParquetDataset(test is null ? name : $"{name} train", train, labels, omissions),
            test is null ? null : new ParquetDataset($"{name} test", [.. test], labels, []));
    }

    // The name without its number; else the folder, as in train/0000.parquet.
    private static PartName? PartOf(string file) =>
        PartName.Of(Number().Replace(Path.GetFileNameWithoutExtension(file), ""))
            ?? PartName.Of(Path.GetFileName(Path.GetDirectoryName(file)!));

    private static bool HasExtension(string file) => file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(HasExtension);

    [GeneratedRegex(@"-\d+-of-\d+.*$")]
    private static partial Regex Number();
}
