using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>The element types that both libtorch and the safetensors format have, with the format's names.</summary>
internal static class SafetensorsTypes
{
    // In the order of the format's own list. Its reference implementation lays a file out from the last to the first, so that every tensor
    // is aligned to its element size.
    private static readonly (string Name, ScalarType Type, int Size)[] All =
    [
        ("BOOL", ScalarType.Bool, 1),
        ("U8", ScalarType.Byte, 1),
        ("I8", ScalarType.Int8, 1),
        ("I16", ScalarType.Int16, 2),
        ("F16", ScalarType.Float16, 2),
        ("BF16", ScalarType.BFloat16, 2),
        ("I32", ScalarType.Int32, 4),
        ("F32", ScalarType.Float32, 4),
        ("F64", ScalarType.Float64, 8),
        ("I64", ScalarType.Int64, 8),
    ];

    public static string Names { get; } = string.Join(", ", All.Select(t => t.Name));

    /// <summary>The position in the format's list; −1 if the format does not support the type.</summary>
    public static int Rank(ScalarType type) => Array.FindIndex(All, t => t.Type == type);

    /// <summary>The position of the type with this name; −1 if unknown.</summary>
    public static int Rank(string? name) => Array.FindIndex(All, t => t.Name == name);

    public static (string Name, ScalarType Type, int Size) At(int rank) => All[rank];
}
