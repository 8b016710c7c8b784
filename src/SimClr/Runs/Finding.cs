namespace SimClr.Runs;

/// <summary>Something that the doctor says.</summary>
/// <param name="IsProblem">Whether it must be mended; otherwise it is a warning, and the run would go.</param>
/// <param name="Text">One sentence: what is the case, and what to do.</param>
public sealed record Finding(bool IsProblem, string Text);
