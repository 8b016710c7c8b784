using SimClr.Datasets;
using SimClr.Pretraining;

namespace SimClr.Runs;

// The groups of the pairs.
internal sealed partial class PretrainSession
{
    private ImageGroups? FindGroups(PretrainOptions complete, UnlabelledDataset data, IImageDataset labelled, bool resumed)
    {
        var groups = PositiveGroups.Of(complete, data, settings.GroupColumn, how.Groups, messages);
        ranks.RequireSame("groups of images", () => groups?.Summary.Sha256 ?? "none");
        if (resumed) settings.RequireGroups(folder.Path, groups?.Summary);
        if (groups is null) return null;
        if (groups.Count < complete.BatchSize)
            throw new InvalidDataException($"A batch needs {complete.BatchSize} groups, " +
                $"but the {data.Count} images of {data.Name} are in {groups.Count} groups. Use a smaller --batch-size.");
        if (groups.AreClassesOf(labelled))
            messages.Warn($"The groups are exactly the {labelled.Classes.Count} classes of {data.Name}: " +
                $"the pairs are made with labels, so the training is no longer self-supervised.");
        return groups;
    }
}
