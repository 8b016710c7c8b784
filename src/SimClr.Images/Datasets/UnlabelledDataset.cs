namespace SimClr.Datasets;

/// <summary>
/// Another data set's images without their labels, for pretraining. Asking for a label is a defect of the program and throws.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
/// <param name="source">The images; borrowed for as long as this object is used.</param>
public sealed class UnlabelledDataset(IImageDataset source) : WrappedDataset(source)
{
    /// <summary>None.</summary>
    public override IReadOnlyList<string> Classes => [];

    /// <summary>Always throws.</summary>
    /// <param name="index">Any image.</param>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public override int Label(int index) =>
        throw new InvalidOperationException($"The label of image {index} of {Name} was read where no labels may be used.");
}
