using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>The features of a data set with its labels: one row per image. Frees its tensors when disposed.</summary>
public sealed partial record Features : IDisposable
{
    /// <summary>Combines values and labels.</summary>
    /// <param name="values">(M, D) float32, M ≥ 1, D ≥ 1; owned by this object from here on.</param>
    /// <param name="labels">(M) int64, each in [0, C), or −1 for an image without a label; owned by this object from here on.</param>
    /// <exception cref="ArgumentException">
    /// A shape or dtype differs, the numbers of rows differ, or the values require gradients.
    /// </exception>
    public Features(Tensor values, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(labels);
        RequireMatrix(values, nameof(values));
        if (labels.dtype != ScalarType.Int64 || labels.dim() != 1)
            throw new ArgumentException(
                $"Labels must be (M) Int64; they are ({string.Join(", ", labels.shape)}) {labels.dtype}.", nameof(labels));
        if (labels.shape[0] != values.shape[0])
            throw new ArgumentException(
                $"Every row needs one label: there are {values.shape[0]} rows and {labels.shape[0]} labels.", nameof(labels));
        (Values, Labels) = (values, labels);
    }

    /// <summary>(M, D) float32: row i is image i's representation h (or its projection, or its pixels).</summary>
    public Tensor Values { get; }

    /// <summary>(M) int64.</summary>
    public Tensor Labels { get; }

    /// <summary>
    /// The group of each image, from 0; null if no two images are in one. What is chosen on held-out rows is chosen on whole groups.
    /// </summary>
    /// <exception cref="ArgumentException">There is not one for each row, or one is negative.</exception>
    public IReadOnlyList<int>? Groups
    {
        get;
        init => field = value is null || (value.Count == Count && value.All(group => group >= 0)) ? value
            : throw new ArgumentException(
                $"Every row needs one group, from 0; there are {Count} rows and {value.Count} groups.", nameof(value));
    }

    /// <summary>The index of each row's image in its data set, ascending: damaged images have no row. Null if it is unknown.</summary>
    /// <exception cref="ArgumentException">There is not one for each row.</exception>
    public IReadOnlyList<int>? Indices
    {
        get;
        init => field = value is null || value.Count == Count ? value
            : throw new ArgumentException($"Every row needs one index; there are {Count} rows and {value.Count} indices.", nameof(value));
    }

    /// <summary>M.</summary>
    public long Count => Values.shape[0];

    /// <summary>D, the length of a row.</summary>
    public long Dimensions => Values.shape[1];

    /// <summary>Frees both tensors.</summary>
    public void Dispose()
    {
        Values.Dispose();
        Labels.Dispose();
    }
}
