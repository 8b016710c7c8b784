namespace SimClr.Runs;

/// <summary>A result of the doctor.</summary>
/// <param name="IsProblem">Whether it must be fixed. Otherwise it is a warning, and the run can start.</param>
/// <param name="Text">One sentence: what was found, and what to do.</param>
public sealed record Finding(bool IsProblem, string Text);
