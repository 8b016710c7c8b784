using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>The memory of a tensor, as native libraries need it.</summary>
/// <param name="Address">The address of the first element; valid while the tensor lives.</param>
/// <param name="Count">The number of elements.</param>
/// <param name="Type">float32, float64, int64 or uint8.</param>
internal readonly record struct CollectiveBuffer(nint Address, int Count, ScalarType Type)
{
    /// <summary>The memory of a tensor.</summary>
    /// <exception cref="ArgumentException">The tensor is not contiguous, has another dtype, or has 2³¹ elements or more.</exception>
    public static CollectiveBuffer Of(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.dtype is not (ScalarType.Float32 or ScalarType.Float64 or ScalarType.Int64 or ScalarType.Byte)
            || !tensor.is_contiguous() || tensor.numel() > int.MaxValue)
            throw new ArgumentException(
                $"Ranks exchange contiguous tensors of float32, float64, int64 or uint8 with fewer than 2³¹ elements; this is " +
                $"({string.Join(", ", tensor.shape)}) {tensor.dtype}{(tensor.is_contiguous() ? "" : ", not contiguous")}.", nameof(tensor));
        return new(TorchCpu.Address(tensor), (int)tensor.numel(), tensor.dtype);
    }

    /// <summary>The memory of a tensor with one part per rank.</summary>
    public static CollectiveBuffer InParts(Tensor tensor, int ranks) =>
        tensor?.dim() > 0 && tensor.shape[0] == ranks ? Of(tensor) : throw new ArgumentException($"A part for each of {ranks} ranks " +
            $"was expected; the tensor is ({string.Join(", ", tensor?.shape ?? [])}).", nameof(tensor));

    /// <summary>Requires that ranks can be divided into groups of this size.</summary>
    /// <exception cref="ArgumentException">The size does not divide the number of ranks.</exception>
    public static void RequireGroups(int ranks, int size)
    {
        if (size < 1 || ranks % size != 0) throw new ArgumentException($"{ranks} ranks cannot be cut into groups of {size}.", nameof(size));
    }
}
