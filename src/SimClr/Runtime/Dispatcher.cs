using System.Runtime.InteropServices;
using TorchSharp;

namespace SimClr.Runtime;

/// <summary>
/// Calls operations of libtorch that TorchSharp does not expose, through libtorch's stable C interface (<c>torch/csrc/stable/c/shim.h</c>):
/// by name, with their arguments in the order of the schema. Gradients are recorded and the device is found as in any other call.
/// </summary>
internal static unsafe partial class Dispatcher
{
    private const ulong BuiltFor = 0x020A_0000_0000_0000; // the version of this interface: 2.10

    /// <summary>Calls an operation that returns nothing.</summary>
    /// <param name="operation">For example <c>aten::_fused_sgd_</c>.</param>
    /// <param name="overload">The overload name of the schema; usually empty.</param>
    /// <param name="arguments">
    /// All arguments of the schema: tensors, an <see cref="Optional"/> for each optional tensor, lists of tensors, doubles and bools;
    /// borrowed. libtorch does not support a number here if the schema has a <c>Scalar</c>.
    /// </param>
    /// <exception cref="InvalidOperationException">The operation failed; libtorch prints the reason to stderr.</exception>
    public static void Call(string operation, string overload, params ReadOnlySpan<object?> arguments)
    {
        ulong* stack = stackalloc ulong[arguments.Length];
        for (int i = 0; i < arguments.Length; i++) stack[i] = Value(arguments[i]);
        int code = CallDispatcher(operation, overload, stack, BuiltFor);
        foreach (object? argument in arguments) GC.KeepAlive(argument);
        if (code != 0) throw new InvalidOperationException($"libtorch's {operation} failed with code {code}.");
    }

    /// <summary>A tensor for an optional argument of the schema; null for none.</summary>
    public sealed record Optional(torch.Tensor? Tensor);

    private static ulong Value(object? argument) => argument switch
    {
        bool b => b ? 1UL : 0,
        double d => BitConverter.DoubleToUInt64Bits(d),
        torch.Tensor t => Handle(t),
        IReadOnlyList<torch.Tensor> list => List(list),
        Optional { Tensor: { } t } => Cell(Handle(t)),
        Optional => 0,
        _ => throw new ArgumentException($"A {argument?.GetType()} is no argument of an operation.", nameof(argument)),
    };

    // libtorch frees it.
    private static ulong Cell(ulong value)
    {
        ulong* cell = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *cell = value;
        return (ulong)cell;
    }

    private static ulong List(IReadOnlyList<torch.Tensor> tensors)
    {
        Check(NewList((nuint)tensors.Count, out nint list));
        foreach (var tensor in tensors) Check(PushBack(list, Handle(tensor)));
        return (ulong)list;
    }

    private static ulong Handle(torch.Tensor tensor)
    {
        Check(NewHandle(tensor.Handle, out nint handle));
        return (ulong)handle;
    }

    private static void Check(int code)
    {
        if (code != 0) throw new InvalidOperationException($"libtorch refused an argument with code {code}.");
    }

    [LibraryImport("torch_cpu", EntryPoint = "torch_call_dispatcher", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CallDispatcher(string operation, string overload, ulong* stack, ulong builtFor);

    [LibraryImport("torch_cpu", EntryPoint = "torch_new_list_reserve_size")]
    private static partial int NewList(nuint size, out nint list);

    [LibraryImport("torch_cpu", EntryPoint = "torch_list_push_back")]
    private static partial int PushBack(nint list, ulong value);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_new_tensor_handle")]
    private static partial int NewHandle(nint tensor, out nint handle);
}
