using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>What a safetensors header says of one tensor.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="TypeName">Its element type as the file calls it, for example <c>F32</c>.</param>
/// <param name="Type">The same as libtorch has it; null for one that is not read here, for example <c>F8_E4M3</c>.</param>
/// <param name="Shape">Its sizes, slowest axis first; empty for a scalar.</param>
/// <param name="Offset">Where its first byte lies, counted from the beginning of the file.</param>
/// <param name="ByteCount">How many bytes it has: the product of the shape times the element's size.</param>
public sealed record SafetensorsEntry(string Name, string TypeName, ScalarType? Type, IReadOnlyList<long> Shape, long Offset, long ByteCount);
