namespace SimClr.Datasets;

/// <summary>Which images of a data set a command works on.</summary>
public enum ImagePart
{
    /// <summary>Everything there is: the training part with what has no labels, and the test part.</summary>
    All,
    /// <summary>The training part.</summary>
    Train,
    /// <summary>The test part.</summary>
    Test,
}
