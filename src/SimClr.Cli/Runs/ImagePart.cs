namespace SimClr.Cli.Runs;

/// <summary>Which images of a data set a command works on.</summary>
internal enum ImagePart
{
    /// <summary>Everything there is: the training part with what has no labels, and the test part.</summary>
    All,
    Train,
    Test,
}
