namespace SimClr.Weights;

/// <summary>What a safetensors file holds, without the tensors' data.</summary>
/// <param name="Tensors">The tensors in the order of their bytes in the file, which they fill without gap or overlap.</param>
/// <param name="Metadata">The texts under <c>__metadata__</c>; empty where there are none.</param>
public sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Tensors, IReadOnlyDictionary<string, string> Metadata);
