namespace SimClr.Datasets;

/// <summary>A damaged image. It is left out.</summary>
/// <param name="Index">Its index in the data set.</param>
/// <param name="Reason">One sentence that names the file.</param>
public sealed record BadImage(int Index, string Reason)
{
    /// <summary>An image that could not be used. Where the reason does not name it, its name goes before.</summary>
    internal static BadImage Of(IImageDataset images, int index, InvalidDataException reason)
    {
        string name = images.Describe(index);
        bool isNamed = reason.Message.Contains(Path.GetFileName(name), StringComparison.Ordinal);
        return new(index, isNamed ? reason.Message : $"{name}: {reason.Message}");
    }
}
