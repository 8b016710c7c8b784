using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>Elements in a file that tensors look into.</summary>
/// <param name="Key">Names it within the file.</param>
/// <param name="Class">PyTorch's name of it, for example <c>torch.FloatStorage</c>.</param>
/// <param name="Count">How many elements there are.</param>
internal sealed record PyTorchStorage(string Key, string Class, long Count)
{
    private const int LongestKey = 100;

    // Those without a type here are known by their size alone: what follows one in a file has to be found.
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

    /// <summary>Of its elements; null for one that is not read here.</summary>
    public ScalarType? Type => Classes.GetValueOrDefault(Class).Type;

    /// <summary>Bytes of an element; 0 where they are not known.</summary>
    public int ElementSize => Classes.GetValueOrDefault(Class).Size;

    /// <summary>The name of the storage class within <c>torch</c>; null for a type without one.</summary>
    public static string? NameOf(ScalarType type) => Classes.FirstOrDefault(c => c.Value.Type == type).Key?["torch.".Length..];

    /// <summary>From its persistent id ('storage', class, key, location, count[, view]).</summary>
    /// <param name="id">What the pickle says.</param>
    /// <param name="where">What errors begin with.</param>
    /// <exception cref="InvalidDataException">It is no such id.</exception>
    public static PyTorchStorage Of(object?[] id, string where) =>
        id is ["storage", PyTorchGlobal type, string { Length: <= LongestKey } key, string, long count and >= 0, .. var view] && (view is [] or [null])
            ? new PyTorchStorage(key, type.Name, count)
            : throw new InvalidDataException($"{where} there is no description of a storage.");
}
