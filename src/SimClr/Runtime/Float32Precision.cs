using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// How a GPU multiplies float32 numbers: exactly, or rounded to TF32's 10 bits. This is a setting of the process. libtorch reads it when an
/// operation is enqueued. It stays changed until this object is disposed of.
/// </summary>
internal sealed class Float32Precision : IDisposable
{
    private readonly bool products, convolutions;

    private Float32Precision(bool rounded)
    {
        (products, convolutions) = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
        Set(rounded, rounded);
    }

    /// <summary>Exact products.</summary>
    public static Float32Precision Exact() => new(rounded: false);

    /// <summary>The products that a precision asks for.</summary>
    public static Float32Precision Of(Precision precision) => new(rounded: precision != Precision.Fp32);

    public void Dispose() => Set(products, convolutions);

    private static void Set(bool products, bool convolutions)
    {
        if (backends.cuda.matmul.allow_tf32 != products) backends.cuda.matmul.allow_tf32 = products;
        if (backends.cudnn.allow_tf32 != convolutions) backends.cudnn.allow_tf32 = convolutions;
    }
}
