namespace SimClr.Datasets;

/// <summary>Which images of a data set are asked for.</summary>
public enum DatasetPart
{
    /// <summary>All that may be looked at without labels: the training part, and the unlabelled part where there is one (STL-10). Never the test part.</summary>
    Pretraining,

    /// <summary>The labelled training part.</summary>
    Train,

    /// <summary>The labelled test part.</summary>
    Test,
}
