namespace SimClr.Datasets;

/// <summary>Checks that labels are indices of classes: a program's own data may count from 1.</summary>
internal static class LabelCheck
{
    /// <summary>
    /// Refuses a label that is none of the classes, and two classes of one name. Images without a label, or without classes at all, pass.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The message names the first such image, its label and the number of classes; or the name.
    /// </exception>
    public static void Require(IImageDataset images)
    {
        if (images.Classes.Count == 0) return;
        if (images.Classes.CountBy(name => name).FirstOrDefault(name => name.Value > 1) is { Value: > 1 } twice)
            throw new InvalidDataException($"{images.Name} has {twice.Value} classes named {twice.Key}; classes are told apart by name.");
        for (int i = 0; i < images.Count; i++)
            if (images.Label(i) >= images.Classes.Count) throw Strange(images, i, images.Classes.Count);
    }

    /// <summary>The refusal of an image's label.</summary>
    public static InvalidDataException Strange(IImageDataset images, int index, int classes) =>
        new($"{images.Describe(index)} has the label {images.Label(index)}, but there are {classes} classes: labels count from 0.");
}
