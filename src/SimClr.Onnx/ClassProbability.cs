namespace SimClr.Onnx;

/// <summary>A class and its probability.</summary>
/// <param name="Name">The name of the class, from the metadata of the file.</param>
/// <param name="Probability">In [0, 1]; those of all classes sum to 1.</param>
public readonly record struct ClassProbability(string Name, float Probability);
