using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>The elements in a file that tensors refer to.</summary>
/// <param name="Key">Its name within the file.</param>
/// <param name="Class">PyTorch's name of its class, for example <c>torch.FloatStorage</c>.</param>
/// <param name="Count">The number of elements.</param>
internal sealed record PyTorchStorage(string Key, string Class, long Count)
{
    private const int LongestKey = 100;

    // For unsupported types only the size is known: it is needed to find what follows in a file.
    private static readonly Dictionary<string, (ScalarType? Type, int Size)> Classes = new()
    {
        ["torch.FloatStorage"] = (ScalarType.Float32, 4),
        ["torch.DoubleStorage"] = (ScalarType.Float64, 8),
        ["torch.HalfStorage"] = (ScalarType.Float16, 2),
        ["torch.BFloat16Storage"] = (ScalarType.BFloat16, 2),
        ["torch.LongStorage"] = (ScalarType.Int64, 8),
        ["torch.IntStorage"] = (ScalarType.Int32, 4),
        ["torch.ShortStorage"] = (ScalarType.Int16, 2),
        ["torch.CharStorage"] = (ScalarType.Int8, 1),
        ["torch.ByteStorage"] = (ScalarType.Byte, 1),
        ["torch.BoolStorage"] = (ScalarType.Bool, 1),
        ["torch.ComplexFloatStorage"] = (null, 8),
        ["torch.ComplexDoubleStorage"] = (null, 16),
        ["torch.QInt8Storage"] = (null, 1),
        ["torch.QUInt8Storage"] = (null, 1),
        ["torch.QInt32Storage"] = (null, 4),
        ["torch.storage.UntypedStorage"] = (null, 1),
    };

    /// <summary>The dtype of the elements; null if unsupported.</summary>
    public ScalarType? Type => Classes.GetValueOrDefault(Class).Type;

    /// <summary>The size of an element in bytes; 0 if unknown.</summary>
    public int ElementSize => Classes.GetValueOrDefault(Class).Size;

    /// <summary>The name of the storage class in <c>torch</c>; null for a dtype without one.</summary>
    public static string? NameOf(ScalarType type) => Classes.FirstOrDefault(c => c.Value.Type == type).Key?["torch.".Length..];

    /// <summary>Parses a persistent id ('storage', class, key, location, count[, view]).</summary>
    /// <param name="id">The id in the pickle.</param>
    /// <param name="where">The beginning of error messages.</param>
    /// <exception cref="InvalidDataException">The id has another form.</exception>
    public static PyTorchStorage Of(object?[] id, string where) =>
        id is ["storage", PyTorchGlobal type, string { Length: <= LongestKey } key, string, long count and >= 0, .. var view]
            && (view is [] or [null])
            ? new PyTorchStorage(key, type.Name, count)
            : throw new InvalidDataException($"{where} there is no description of a storage.");
}
