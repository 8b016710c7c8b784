using System.Globalization;

namespace SimClr.Datasets;

public sealed partial class ShardDataset
{
    private const int WorthMention = 100_000; // records; reading the headers of so many takes seconds

    /// <summary>
    /// Opens one part, and makes missing indices. Pretraining means the training part, including images without a label. The other parts
    /// are the labelled images if there are any.
    /// </summary>
    /// <param name="path">A tar, a folder of tars, or a folder of parts.</param>
    /// <param name="part">Which images.</param>
    /// <exception cref="InvalidDataException">
    /// The part is missing, a tar is damaged or has no image, or a label has no class. The message names the offset.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IImageDataset Open(string path, DatasetPart part)
    {
        var folder = ShardFolder.Of(path);
        bool test = part == DatasetPart.Test;
        bool isOneSet = folder.Test.Count == 0;
        if (test && isOneSet && !HasTest(path))
            throw new InvalidDataException($"{path} has no test part: no folder test, val or validation of tars beside train.");
        string name = new DirectoryInfo(path).Name + (folder.Test.Count == 0 ? "" : test ? " test" : " train");
        var found = new ShardDataset(name, test && !isOneSet ? folder.Test : folder.Train);
        var training = test && !isOneSet ? new ShardDataset(name, folder.Train) : found;
        if (found.Labelled + training.Labelled == 0 && (found.HasFolders || training.HasFolders))
        {
            var folders = training.Folders;
            if (!isOneSet)
            {
                var own = test ? found.FoldersWith(folders.Classes) : folders;
                return found.ByFolders(test ? DatasetPart.Train : part, folders.Classes, own, name);
            }
            return found.ByFolders(part, folders.Classes, folders, name + (!folders.HasTest ? "" : test ? " test" : " train"));
        }
        var whole = new ShardDataset(found, ClassesOf(folder, training, found));
        return part == DatasetPart.Pretraining || whole.Labelled == 0 || whole.Labelled == whole.Count ? whole
            : SubsetDataset.OfLabelled(whole);
    }

    internal static bool HasTest(string path)
    {
        var folder = ShardFolder.Of(path);
        if (folder.Test.Count > 0) return true;
        var all = new ShardDataset(path, folder.Train);
        return all.Labelled == 0 && all.HasFolders && all.Folders.HasTest;
    }

    private ShardDataset(ShardDataset opened, IReadOnlyList<string> classes) =>
        (Name, tars, indices, files, ends, channels, hasGroups, Omissions, Classes) = (opened.Name, opened.tars, opened.indices,
            opened.files, opened.ends, opened.channels, opened.hasGroups, opened.Omissions, classes);

    private int Labelled => indices.Sum(index => index.Header.Labelled);

    // Each kind once, for any number of tars.
    private List<Omission> Together()
    {
        var all = indices.SelectMany(index => index.Omissions).GroupBy(o => (o.What, o.Reason, o.IsExpected))
            .Select(kind => kind.First() with { Count = kind.Sum(o => o.Count) }).ToList();
        var unwritten = indices.Where(index => index.IsInMemory).ToList();
        if (unwritten.Sum(index => (long)index.Header.Records) is >= WorthMention and var records)
            all.Add(new Omission("index beside a tar", unwritten.Count, $"it cannot be written there, so that the headers of {records} " +
                $"records are gone through each time", unwritten[0].Path, IsExpected: true));
        return all;
    }

    // The classes of the training part are those of both parts.
    private static string[] ClassesOf(ShardFolder folder, ShardDataset training, ShardDataset found)
    {
        int known = training.indices.Max(index => index.Classes);
        string[] classes = folder.Classes is { } names && found.Labelled + training.Labelled > 0
            ? names
            : [.. Enumerable.Range(0, known).Select(label => label.ToString(CultureInfo.InvariantCulture))];
        int highest = found.indices.Max(index => index.Classes);
        int at = Array.FindIndex(found.indices, index => index.Classes == highest);
        return highest <= classes.Length
            ? classes
            : throw new InvalidDataException($"{found.tars[at]} has the label {highest - 1}; there are {classes.Length} classes " +
                $"({(folder.Classes is null ? "the labels of the training part" : ShardFolder.ClassesFile)}).");
    }
}
