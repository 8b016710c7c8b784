namespace SimClr.Cli.Runs;

/// <summary>How features are turned into an accuracy.</summary>
internal enum EvaluationProtocol
{
    Knn,
    Linear,
}
