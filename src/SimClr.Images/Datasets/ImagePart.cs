namespace SimClr.Datasets;

/// <summary>The images of a data set that a command works on.</summary>
public enum ImagePart
{
    /// <summary>Everything: the training part with the unlabelled images, and the test part.</summary>
    All,
    /// <summary>The training part.</summary>
    Train,
    /// <summary>The test part.</summary>
    Test,
}
