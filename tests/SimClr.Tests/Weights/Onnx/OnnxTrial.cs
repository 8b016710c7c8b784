using Microsoft.ML.OnnxRuntime;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Weights;

/// <summary>An encoder, its ONNX file, and an ONNX Runtime session.</summary>
internal sealed class OnnxTrial : IDisposable
{
    private readonly TempFolder folder = new();

    public OnnxTrial(ResNet encoder, Preprocessing preprocessing, OnnxOptions? options = null)
    {
        Encoder = encoder;
        Path = folder.At("encoder.onnx");
        OnnxEncoder.Write(Path, encoder, preprocessing, options);
        using var session = new SessionOptions { IntraOpNumThreads = 1 };
        Session = new InferenceSession(Path, session);
    }

    public ResNet Encoder { get; }

    public string Path { get; }

    public InferenceSession Session { get; }

    /// <summary>An encoder in evaluation mode with non-trivial batch norms to fold.</summary>
    public static ResNet Build(ResNetOptions options, int imageSize)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(7, CPU);
        var network = new ResNet(options, imageSize, generator);
        foreach (var (name, tensor) in network.state_dict())
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal)) tensor.uniform_(0.3, 2, generator);
            else if (name.EndsWith("running_mean", StringComparison.Ordinal) || name.EndsWith("bias", StringComparison.Ordinal)) tensor.normal_(0, 0.3, generator);
            else if (tensor.dim() == 1) tensor.uniform_(0.2, 0.8, generator);
        }
        network.eval();
        return network;
    }

    /// <summary>The encoder's own output.</summary>
    public Tensor Expected(Tensor views)
    {
        using var _ = no_grad();
        return Encoder.call(views);
    }

    /// <summary>ONNX Runtime's output for float32 or uint8 of any shape.</summary>
    public Tensor Run(string output, Tensor input)
    {
        using var value = input.dtype == ScalarType.Byte
            ? OrtValue.CreateTensorValueFromMemory(input.data<byte>().ToArray(), input.shape)
            : OrtValue.CreateTensorValueFromMemory(input.data<float>().ToArray(), input.shape);
        using var run = new RunOptions();
        using var results = Session.Run(run, Session.InputNames, [value], [output]);
        return tensor(results[0].GetTensorDataAsSpan<float>().ToArray(), results[0].GetTensorTypeAndShape().Shape);
    }

    /// <summary>The largest difference, relative to the largest expected value.</summary>
    public static double Difference(Tensor actual, Tensor expected)
    {
        actual.shape.ShouldBe(expected.shape);
        double largest = expected.abs().max().item<float>();
        largest.ShouldBeInRange(1e-3, 1e6);
        return Golden.MaxDifference(actual, expected) / largest;
    }

    public void Dispose()
    {
        Session.Dispose();
        Encoder.Dispose();
        folder.Dispose();
    }
}
