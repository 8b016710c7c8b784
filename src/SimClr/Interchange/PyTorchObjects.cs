using static TorchSharp.torch;

namespace SimClr.Interchange;

/// <summary>One of the few Python names that a state dict's pickle may mention.</summary>
internal sealed record PyTorchGlobal(string Name);

/// <summary>Elements in a file that tensors look into.</summary>
/// <param name="Key">Names it within the file.</param>
/// <param name="Type">Of its elements.</param>
/// <param name="Count">How many there are.</param>
internal sealed record PyTorchStorage(string Key, ScalarType Type, long Count);

/// <summary>A tensor as a pickle describes it: a window on a storage.</summary>
internal sealed record PyTorchTensor(PyTorchStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>The closed list of Python objects that <see cref="PickleReader"/> makes, each as a plain record here.</summary>
internal static class PyTorchObjects
{
    private const string OrderedDict = "collections.OrderedDict", Parameter = "torch._utils._rebuild_parameter",
        TensorV1 = "torch._utils._rebuild_tensor", TensorV2 = "torch._utils._rebuild_tensor_v2", Size = "torch.Size", DeviceName = "torch.device";

    private static readonly Dictionary<string, ScalarType> Storages = new()
    {
        ["torch.FloatStorage"] = ScalarType.Float32,
        ["torch.DoubleStorage"] = ScalarType.Float64,
        ["torch.HalfStorage"] = ScalarType.Float16,
        ["torch.BFloat16Storage"] = ScalarType.BFloat16,
        ["torch.LongStorage"] = ScalarType.Int64,
        ["torch.IntStorage"] = ScalarType.Int32,
        ["torch.ShortStorage"] = ScalarType.Int16,
        ["torch.CharStorage"] = ScalarType.Int8,
        ["torch.ByteStorage"] = ScalarType.Byte,
        ["torch.BoolStorage"] = ScalarType.Bool,
    };

    private static readonly HashSet<string> Known =
    [
        OrderedDict, Parameter, TensorV1, TensorV2, Size, DeviceName, .. Storages.Keys,
        // Values that stand beside a state dict in a checkpoint; kept as names.
        "torch.float32", "torch.float64", "torch.float16", "torch.bfloat16", "torch.int64", "torch.int32", "torch.int16", "torch.int8", "torch.uint8", "torch.bool",
    ];

    /// <summary>The name of the storage class within <c>torch</c>; null for a type without one.</summary>
    public static string? StorageOf(ScalarType type) => Storages.FirstOrDefault(s => s.Value == type).Key?["torch.".Length..];

    /// <summary>Looks a dotted name up.</summary>
    /// <exception cref="InvalidDataException">It is none of the list.</exception>
    public static PyTorchGlobal Find(string global, string file) => Known.Contains(global)
        ? new PyTorchGlobal(global)
        : throw new InvalidDataException($"{file} asks for {global}, which is nothing that a state dict needs, and nothing in a file is executed; save the weights alone: torch.save(model.state_dict(), …).");

    /// <summary>What a call would give, made here.</summary>
    /// <exception cref="InvalidDataException">The name is not to be called, or not with these arguments.</exception>
    public static object? Call(PyTorchGlobal global, object?[] arguments, string where) => (global.Name, arguments) switch
    {
        (OrderedDict, []) => new Dictionary<string, object?>(),
        (OrderedDict, [List<object?> pairs]) => Pairs(pairs, where),
        (Size, [object?[] sizes]) => sizes,
        (DeviceName, [string, ..]) => global,
        (Parameter, [PyTorchTensor tensor, ..]) => tensor,
        (TensorV1 or TensorV2, [PyTorchStorage storage, long offset, object?[] shape, object?[] strides, ..]) => Tensor(storage, offset, shape, strides, where),
        _ => throw new InvalidDataException($"{where} {global.Name} is called with {arguments.Length} arguments that do not fit it."),
    };

    /// <summary>A storage from its persistent id ('storage', type, key, location, count[, view]).</summary>
    public static PyTorchStorage Storage(object?[] id, string where) =>
        id is ["storage", PyTorchGlobal type, string key, string, long count, .. var view] && (view is [] or [null])
        && count >= 0 && Storages.TryGetValue(type.Name, out var scalar)
            ? new PyTorchStorage(key, scalar, count)
            : throw new InvalidDataException($"{where} there is no description of a storage of a known type.");

    private static Dictionary<string, object?> Pairs(List<object?> pairs, string where)
    {
        var made = new Dictionary<string, object?>();
        foreach (var pair in pairs)
        {
            var (key, value) = pair switch
            {
                object?[] and [string k, var v] => (k, v),
                List<object?> and [string k, var v] => (k, v),
                _ => throw new InvalidDataException($"{where} an OrderedDict is made of something else than pairs of a text and a value."),
            };
            made[key] = value;
        }
        return made;
    }

    private static PyTorchTensor Tensor(PyTorchStorage storage, long offset, object?[] shape, object?[] strides, string where)
    {
        if (shape.Length != strides.Length || shape.Length > 16 || !shape.Concat(strides).All(n => n is long and >= 0) || offset < 0)
            throw new InvalidDataException($"{where} a tensor has sizes and strides that are none.");
        long[] sizes = [.. shape.Cast<long>()], steps = [.. strides.Cast<long>()];
        Int128 count = 1, last = offset;
        for (int i = 0; i < sizes.Length; i++)
        {
            count *= sizes[i];
            last += (Int128)Math.Max(0, sizes[i] - 1) * steps[i];
            if (count > long.MaxValue || last > long.MaxValue) break;
        }
        // More elements than its storage: an expanded tensor, a few bytes that would become many.
        if (count > storage.Count || count > 0 && last >= storage.Count)
            throw new InvalidDataException($"{where} a tensor of shape ({string.Join(", ", sizes)}) with strides ({string.Join(", ", steps)}) from element {offset} on goes beyond its storage '{storage.Key}' of {storage.Count} elements.");
        return new PyTorchTensor(storage, offset, sizes, steps);
    }
}
