using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>The header entry of one tensor.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="TypeName">Its element type in the file, for example <c>F32</c>.</param>
/// <param name="Type">Its dtype in libtorch; null if unsupported, for example <c>F8_E4M3</c>.</param>
/// <param name="Shape">Its sizes, slowest axis first; empty for a scalar.</param>
/// <param name="Offset">The offset of its first byte, from the beginning of the file.</param>
/// <param name="ByteCount">The number of bytes: the product of the shape, times the element size.</param>
public sealed record SafetensorsEntry(
    string Name, string TypeName, ScalarType? Type, IReadOnlyList<long> Shape, long Offset, long ByteCount);
