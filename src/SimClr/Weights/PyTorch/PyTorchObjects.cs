namespace SimClr.Weights;

/// <summary>A Python name in a pickle. It stays a name, whatever it refers to.</summary>
internal sealed record PyTorchGlobal(string Name);

/// <summary>An object that is not needed or not supported. It keeps nothing of its content.</summary>
/// <param name="Class">Its class, or the function that Python would call to make it.</param>
/// <param name="IsTensor">Whether it is a tensor of an unsupported kind.</param>
internal sealed record PyTorchPlaceholder(string Class, bool IsTensor = false);

/// <summary>A tensor as described in a pickle: a view of a storage.</summary>
internal sealed record PyTorchTensor(PyTorchStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>
/// The results of a pickle's calls: a closed list of Python objects, each as a plain record. Everything else becomes a
/// <see cref="PyTorchPlaceholder"/>. Nothing is looked up, and nothing is called.
/// </summary>
internal static class PyTorchObjects
{
    /// <summary>The largest length of a key or name. No real one is that long, and looking up a name takes time in its length.</summary>
    public const int LongestName = 1000;

    private const string OrderedDict = "collections.OrderedDict", DefaultDict = "collections.defaultdict",
        Parameter = "torch._utils._rebuild_parameter", TensorV1 = "torch._utils._rebuild_tensor",
        TensorV2 = "torch._utils._rebuild_tensor_v2", Size = "torch.Size", DeviceName = "torch.device",
        Reconstructor = "copyreg._reconstructor";

    private static readonly HashSet<string> Known = [OrderedDict, DefaultDict, Parameter, TensorV1, TensorV2, Size, DeviceName];

    /// <summary>The result of a call, or of making an object of a class.</summary>
    /// <param name="callee">A <see cref="PyTorchGlobal"/>, or a placeholder used as a function.</param>
    /// <param name="arguments">Values, tensors, placeholders.</param>
    /// <param name="where">The beginning of error messages.</param>
    /// <exception cref="InvalidDataException">A known function has arguments that do not fit.</exception>
    public static object? Call(object? callee, object?[] arguments, string where) => ((callee as PyTorchGlobal)?.Name, arguments) switch
    {
        (OrderedDict, []) or (DefaultDict, [] or [_]) => new Dictionary<string, object?>(),
        (OrderedDict, [List<object?> pairs]) => Pairs(pairs, where),
        (Size, [object?[] sizes]) => sizes,
        (DeviceName, [string, ..]) => callee,
        (Parameter, [PyTorchTensor or PyTorchPlaceholder, ..]) => arguments[0],
        (TensorV1 or TensorV2, [PyTorchStorage { Type: null } storage, ..]) => new PyTorchPlaceholder(storage.Class, IsTensor: true),
        (TensorV1 or TensorV2, [PyTorchStorage storage, long offset, object?[] shape, object?[] strides, ..]) =>
            Tensor(storage, offset, shape, strides, where),
        (Reconstructor, [PyTorchGlobal type, ..]) => new PyTorchPlaceholder(type.Name),
        ({ } name, _) when Known.Contains(name) =>
            throw new InvalidDataException($"{where} {name} is called with {arguments.Length} arguments that do not fit it."),
        ({ } name, _) => new PyTorchPlaceholder(
            name, IsTensor: name.StartsWith("torch._", StringComparison.Ordinal) && name.Contains("._rebuild_", StringComparison.Ordinal)),
        _ => callee as PyTorchPlaceholder
            ?? throw new InvalidDataException($"{where} something is called that is neither a function nor a class."),
    };

    private static Dictionary<string, object?> Pairs(List<object?> pairs, string where)
    {
        var made = new Dictionary<string, object?>();
        foreach (var pair in pairs)
        {
            var (key, value) = pair switch
            {
                object?[] and [var k, var v] => (k, v),
                List<object?> and [var k, var v] => (k, v),
                _ => throw new InvalidDataException($"{where} an OrderedDict is made of something else than pairs."),
            };
            Add(made, key, value, where);
        }
        return made;
    }

    /// <summary>Adds an entry to a dict. A key that is not a text is dropped, with its value.</summary>
    /// <exception cref="InvalidDataException">The key is too long.</exception>
    public static void Add(Dictionary<string, object?> dict, object? key, object? value, string where)
    {
        if (key is not string text) return;
        if (text.Length > LongestName)
            throw new InvalidDataException($"{where} a dict has a key of {text.Length} characters; at most {LongestName} are read.");
        dict[text] = value;
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
        // More elements than its storage: an expanded tensor, whose few bytes would become many.
        if (count > storage.Count || count > 0 && last >= storage.Count)
            throw new InvalidDataException(
                $"{where} a tensor of shape ({string.Join(", ", sizes)}) with strides ({string.Join(", ", steps)}) from element " +
                $"{offset} on goes beyond its storage '{storage.Key}' of {storage.Count} elements.");
        return new PyTorchTensor(storage, offset, sizes, steps);
    }
}
