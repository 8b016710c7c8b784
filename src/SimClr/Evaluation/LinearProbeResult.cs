namespace SimClr.Evaluation;

/// <summary>What the linear evaluation found.</summary>
/// <param name="Accuracy">On the test features, which were scored once, by the last classifier.</param>
/// <param name="L2">The strength that was chosen.</param>
/// <param name="HeldOutTop1">Its top-1 on the held-out training rows, in [0, 1]: the best of the path, so a little high.</param>
/// <param name="Iterations">Of the last classifier's search.</param>
/// <param name="Converged">Whether every search, the path's and the last, reached its optimum.</param>
public sealed record LinearProbeResult(Accuracy Accuracy, double L2, double HeldOutTop1, int Iterations, bool Converged);
