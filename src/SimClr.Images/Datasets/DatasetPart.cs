namespace SimClr.Datasets;

/// <summary>A part of a data set.</summary>
public enum DatasetPart
{
    /// <summary>
    /// All images for training without labels: the training part, and the unlabelled part if there is one (STL-10). Never the test part.
    /// </summary>
    Pretraining,

    /// <summary>The labelled training part.</summary>
    Train,

    /// <summary>The labelled test part.</summary>
    Test,
}
