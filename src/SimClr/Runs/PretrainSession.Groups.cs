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
            throw new InvalidDataException($"A batch of {complete.BatchSize} groups cannot be filled from {groups.Count}, in which the {data.Count} images of {data.Name} are: a smaller --batch-size.");
        if (groups.AreClassesOf(labelled))
            messages.Warn($"The groups are exactly the {labelled.Classes.Count} classes of {data.Name}: pairs are made with the labels, and what is learned is no longer self-supervised.");
        return groups;
    }
}
