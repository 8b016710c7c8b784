using SimClr.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Optimization;

/// <summary>The same range of elements of a parameter, its gradient and its state, small enough for a core's cache.</summary>
internal readonly unsafe struct ParameterPiece
{
    private const int Most = 1 << 13; // floats: 32 KiB of each

    private readonly float* weights, gradient, first, second;
    private readonly int length;

    private ParameterPiece(int number, ParameterState.Slot slot, float* weights, float* gradient, float* first, float* second, int length)
    {
        (Slot, Excluded, Adapted, RateFactor, this.length) = (number, slot.Excluded, slot.Adapted, slot.RateFactor, length);
        this.weights = weights;
        this.gradient = gradient;
        this.first = first;
        this.second = second;
    }

    /// <summary>The index of the parameter.</summary>
    public int Slot { get; }

    public bool Excluded { get; }

    public bool Adapted { get; }

    public double RateFactor { get; }

    public Span<float> Weights => new(weights, length);

    public ReadOnlySpan<float> Gradient => new(gradient, length);

    public Span<float> First => new(first, length);

    public Span<float> Second => new(second, length);

    /// <summary>Adds the pieces of a parameter. False if its tensors are not float32 on the CPU in the same dense memory format.</summary>
    public static bool Cut(int number, ParameterState.Slot slot, Tensor gradient, List<ParameterPiece> pieces)
    {
        if (!InOneOrder([slot.Parameter, gradient, .. slot.Kept])) return false;
        long count = gradient.numel();
        float* w = TorchCpu.Floats(slot.Parameter), g = TorchCpu.Floats(gradient);
        float* first = TorchCpu.Floats(slot.Kept[0]), second = slot.Kept.Length > 1 ? TorchCpu.Floats(slot.Kept[1]) : null;
        for (long at = 0; at < count; at += Most)
            pieces.Add(new ParameterPiece(
                number, slot, w + at, g + at, first + at, second == null ? null : second + at, (int)Math.Min(Most, count - at)));
        return true;
    }

    // Dense: the number of elements gives the offset of the last one. Strides of dimensions of length 1 have no meaning.
    private static bool InOneOrder(ReadOnlySpan<Tensor> tensors)
    {
        long[] shape = tensors[0].shape;
        long[]? strides = null;
        foreach (var tensor in tensors)
        {
            if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU) return false;
            long[] own = tensor.stride();
            strides ??= own;
            for (int i = 0; i < shape.Length; i++)
            {
                if (shape[i] > 1 && own[i] != strides[i]) return false;
            }
        }
        return shape.Zip(strides!, (size, stride) => (size - 1) * stride).Sum() == tensors[0].numel() - 1;
    }
}
