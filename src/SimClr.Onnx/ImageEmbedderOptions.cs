using Microsoft.ML.OnnxRuntime;
using SimClr.Images;

namespace SimClr.Onnx;

/// <summary>How an <see cref="ImageEmbedder"/> uses its file. Nothing is needed for a file of <c>simclr export</c>.</summary>
public sealed record ImageEmbedderOptions
{
    /// <summary>The bytes of the largest batch of prepared images.</summary>
    internal const int LargestBatch = 1 << 30;

    /// <summary>
    /// How images are prepared. Null (the default): as the metadata of the file says. A file without this metadata, for example of timm
    /// or torchvision, needs it: often <see cref="Preprocessing.ImageNet"/>. An image size of 0 is taken from the shape of the input. It
    /// must be null for a file that takes decoded pixels: such a file prepares them inside.
    /// </summary>
    public Preprocessing? Preprocessing { get; init; }

    /// <summary>
    /// The name of the output that is the vector, of shape (N, D). Null (the default): <c>h</c> if there is one, otherwise the only output.
    /// </summary>
    public string? Output { get; init; }

    /// <summary>
    /// Whether vectors are scaled to length 1, so that their scalar product is the cosine. Default false, as in <c>simclr embed</c>.
    /// </summary>
    public bool Normalize { get; init; }

    /// <summary>
    /// How many images (or batches) are decoded and encoded at once, at least 1. Further calls wait. It bounds the memory: each takes up
    /// to 9 bytes per pixel of its image (<see cref="ImageDecoder.MaxPixels"/>), and about 25 if the file has its preprocessing inside.
    /// Default: the number of processors.
    /// </summary>
    public int MaxConcurrency { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// How many images of a batch the encoder takes in one pass, at least 1. Default 8. More is faster on a GPU. A batch of prepared images
    /// has 4·N·C·S·S bytes, at most 1 GiB, and there are up to <see cref="MaxConcurrency"/>. A file with preprocessing inside takes one
    /// image at a time, because images differ in size.
    /// </summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// ONNX Runtime's options: execution provider (GPU, DirectML, CoreML), threads, optimisation. Borrowed until
    /// <see cref="ImageEmbedder.Load"/> returns. Null (the default): the CPU, <see cref="DefaultSession"/>.
    /// </summary>
    public SessionOptions? Session { get; init; }

    /// <summary>
    /// ONNX Runtime's options by default: the CPU, as many threads as processors, which sleep while they wait, and no memory pattern,
    /// because images differ in size.
    /// </summary>
    /// <returns>Owned by the caller.</returns>
    public static SessionOptions DefaultSession()
    {
        var session = new SessionOptions { IntraOpNumThreads = Environment.ProcessorCount, EnableMemoryPattern = false };
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return session;
    }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConcurrency, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        Preprocessing?.Validate();
    }
}
