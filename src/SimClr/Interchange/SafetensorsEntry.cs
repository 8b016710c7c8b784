using static TorchSharp.torch;

namespace SimClr.Interchange;

/// <summary>What a safetensors header says of one tensor.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its sizes, slowest axis first; empty for a scalar.</param>
/// <param name="Offset">Where its first byte lies, counted from the beginning of the file.</param>
/// <param name="ByteCount">How many bytes it has: the product of the shape times the element's size.</param>
public sealed record SafetensorsEntry(string Name, ScalarType Type, IReadOnlyList<long> Shape, long Offset, long ByteCount);
