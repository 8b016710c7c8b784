using SimClr.Encoders;
using SimClr.Models;

namespace SimClr.Cli.Benchmarks;

/// <summary>An encoder with random weights as a temporary ONNX file.</summary>
internal sealed class OnnxFile : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("simclr-bench-");

    public OnnxFile(EncoderOptions options)
    {
        Path = System.IO.Path.Combine(folder.FullName, "encoder.onnx");
        using var encoder = EncodeBenchmark.Network(options);
        Work = ModelWork.Forward(encoder, EncodeBenchmark.ImageSize, fast: true);
        OnnxEncoder.Write(Path, (IOnnxExportable)encoder, new() { ImageSize = EncodeBenchmark.ImageSize },
            new OnnxOptions { Preprocessing = false });
    }

    public string Path { get; }

    /// <summary>The work for one image.</summary>
    public Work Work { get; }

    public void Dispose() => folder.Delete(recursive: true);
}
