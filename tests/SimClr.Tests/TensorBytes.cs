using static TorchSharp.torch;

namespace SimClr.Tests;

/// <summary>The bytes of tensors.</summary>
internal static class TensorBytes
{
    /// <summary>
    /// A copy of the values in row-major order. <c>Tensor.bytes</c> is memory that is freed with the tensor: with a temporary one at any time.
    /// </summary>
    public static byte[] ToBytes(this Tensor tensor)
    {
        using var values = tensor.detach().contiguous();
        return values.bytes.ToArray();
    }
}
