using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// How a GPU multiplies float32 numbers: exactly, or rounded to TF32's 10 bits. This is a setting of the process. libtorch reads it when an
/// operation is enqueued. It stays changed until this object is disposed of. Several may be in use, within each other or on several
/// threads: products are exact while one of them asks for that.
/// </summary>
internal sealed class Float32Precision : IDisposable
{
    private static readonly Lock Gate = new();
    private static int exact, rounded; // how many ask for each
    private static (bool Products, bool Convolutions) before; // the setting while none asks

    private readonly bool isRounded;

    private Float32Precision(bool isRounded)
    {
        this.isRounded = isRounded;
        lock (Gate)
        {
            if (exact + rounded == 0) before = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
            Count(1);
        }
    }

    /// <summary>Exact products.</summary>
    public static Float32Precision Exact() => new(isRounded: false);

    /// <summary>The products that a precision asks for.</summary>
    public static Float32Precision Of(Precision precision) => new(isRounded: precision != Precision.Fp32);

    public void Dispose()
    {
        lock (Gate) Count(-1);
    }

    // libtorch keeps one setting in several flags, and refuses to read it while they differ.
    private void Count(int change)
    {
        if (isRounded) rounded += change;
        else exact += change;
        var (products, convolutions) = exact > 0 ? (false, false) : rounded > 0 ? (true, true) : before;
        if (backends.cuda.matmul.allow_tf32 != products) backends.cuda.matmul.allow_tf32 = products;
        if (backends.cudnn.allow_tf32 != convolutions) backends.cudnn.allow_tf32 = convolutions;
    }
}
