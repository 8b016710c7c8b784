using Microsoft.ML.OnnxRuntime;
using SimClr.Models;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// <c>encode-…-224-onnx</c>: the work of <see cref="EncodeBenchmark"/> by ONNX Runtime, with the file of <c>export</c>.
/// </summary>
internal sealed class OnnxEncodeBenchmark : IBenchmark
{
    private readonly int batch;
    private readonly Work work;
    private readonly InferenceSession session;
    private readonly OrtValue images;

    /// <param name="options">The network.</param>
    /// <param name="batch">The images of a pass.</param>
    /// <param name="threads">The threads of the session.</param>
    public OnnxEncodeBenchmark(EncoderOptions options, int batch, int threads)
    {
        this.batch = batch;
        using var settings = new SessionOptions { IntraOpNumThreads = threads }; // everything else as ONNX Runtime chooses it
        using var file = new OnnxFile(options);
        work = batch * file.Work;
        session = new InferenceSession(file.Path, settings);
        float[] values = new float[batch * 3 * EncodeBenchmark.ImageSize * EncodeBenchmark.ImageSize];
        var random = new Random(0);
        for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle();
        images = OrtValue.CreateTensorValueFromMemory(values, [batch, 3, EncodeBenchmark.ImageSize, EncodeBenchmark.ImageSize]);
    }

    public double Units => batch;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(work);

    public void Run()
    {
        using var run = new RunOptions();
        session.Run(run, ["x"], [images], ["h"]).Dispose();
    }

    public void Dispose()
    {
        images.Dispose();
        session.Dispose();
    }
}
