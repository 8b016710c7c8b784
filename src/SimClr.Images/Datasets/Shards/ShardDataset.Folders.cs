namespace SimClr.Datasets;

// Tars without label files, whose images lie in folders of parts or classes.
public sealed partial class ShardDataset
{
    private int[]? chosen; // the records of the part, among those of all tars; null for all
    private int[][]? labelsOfFolders; // of each tar: the label by the number of the folder

    private bool HasFolders => indices.Any(index => index.Folders.Count > 0);

    private TarFolders Folders => FoldersWith([]);

    // The folders of a part, where another part has told the classes.
    private TarFolders FoldersWith(IReadOnlyList<string> classes) =>
        TarFolders.Of(indices.SelectMany(index => index.Folders.Count > 0 ? index.Folders : [""]), classes);

    // The records of a part with the labels of their folders. The classes are those of the training part.
    private ShardDataset ByFolders(DatasetPart part, IReadOnlyList<string> classes, TarFolders folders, string name)
    {
        var labelOf = classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        var counter = new OmissionCounter(isOrdered: true);
        var whole = new ShardDataset(this, classes) { Name = name };
        var (records, labels) = (new List<int>(), new int[indices.Length][]);
        for (int tar = 0, first = 0; tar < indices.Length; first = ends[tar++])
        {
            var found = (indices[tar].Folders.Count > 0 ? indices[tar].Folders : [""]).Select(folders.Of).ToArray();
            labels[tar] = [.. found.Select(folder => folder.Class is { } known ? labelOf.GetValueOrDefault(known, -1) : -1)];
            if (!folders.HasParts && (classes.Count == 0 || labels[tar].All(label => label >= 0))) continue; // nothing is left out
            for (int record = 0; record < indices[tar].Header.Records; record++)
            {
                int number = FolderOf(tar, record);
                var (of, @class) = found[number];
                string Where() => Place(first + record);
                if (of is null) counter.Add("image", $"the parts are the folders {folders.Parts}, and it lies beside them", Where());
                if (!(of == part || (part == DatasetPart.Pretraining && of == DatasetPart.Train))) continue;
                records.Add(first + record);
                if (classes.Count == 0 || labels[tar][number] >= 0 || of == DatasetPart.Pretraining) continue;
                if (@class is null) counter.Add("label", "the image is not in a class folder and has no label", Where());
                else counter.Add("label", $"the training part has no class {@class}", Where());
            }
        }
        var omitted = counter.ToList().Select(omission =>
            omission with { StopsEvaluation = omission.Reason.StartsWith("the training part", StringComparison.Ordinal) });
        (whole.labelsOfFolders, whole.Omissions) = (labels, [.. Omissions, .. omitted]);
        whole.chosen = folders.HasParts ? [.. records] : null;
        return whole.Count > 0 ? whole : throw new InvalidDataException($"{name} holds no image.");
    }

    private int FolderOf(int tar, int record)
    {
        if (indices[tar].Folders.Count == 0) return 0;
        int folder = indices[tar][record].Label;
        return (uint)folder < (uint)indices[tar].Folders.Count ? folder : throw Damaged(tar, record);
    }
}
