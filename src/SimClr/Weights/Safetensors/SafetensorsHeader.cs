namespace SimClr.Weights;

/// <summary>The content of a safetensors file, without the tensors' data.</summary>
/// <param name="Tensors">The tensors in the order of their bytes in the file. They fill it without gaps or overlaps.</param>
/// <param name="Metadata">The texts in <c>__metadata__</c>; empty if there are none.</param>
public sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Tensors, IReadOnlyDictionary<string, string> Metadata);
