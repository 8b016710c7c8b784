using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SimClr.Images;

namespace SimClr.Onnx;

/// <summary>An ONNX Runtime session of an encoder: its input, its vector and its classifier.</summary>
internal sealed class EncoderGraph : IDisposable
{
    private const string Vector = "h", Softmax = "probabilities";

    private readonly InferenceSession session;
    private readonly string path;
    private readonly string input;
    private readonly string[] outputs;

    public EncoderGraph(string path, ImageEmbedderOptions options)
    {
        this.path = path;
        session = Open(path, options.Session);
        try
        {
            (input, int[] shape, PixelType) = Input();
            Channels = TakesPixels ? shape[3] : shape[1];
            Batch = TakesPixels ? 1 : Math.Max(shape[0], 0);
            Side = TakesPixels ? 0 : Math.Max(shape[2], 0);
            bool named = session.OutputNames.Count > 1 || session.OutputNames[0] == Vector;
            string h = options.Output ?? (named ? Vector : session.OutputNames[0]);
            Dimensions = LengthOf(h);
            HasClassifier = session.OutputMetadata.ContainsKey(Softmax);
            outputs = HasClassifier ? [h, Softmax] : [h];
            Classes = HasClassifier ? LengthOf(Softmax) : 0;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Whether the input is a decoded image (1, H, W, C) of any size. Otherwise it is prepared images (N, C, S, S).</summary>
    public bool TakesPixels => PixelType is not null;

    /// <summary>The type of decoded images; null if the input is prepared images.</summary>
    public PixelType? PixelType { get; }

    /// <summary>C of the images.</summary>
    public int Channels { get; }

    /// <summary>N if it is fixed, otherwise 0.</summary>
    public int Batch { get; }

    /// <summary>S if it is fixed, otherwise 0.</summary>
    public int Side { get; }

    /// <summary>D, the length of a vector.</summary>
    public int Dimensions { get; }

    /// <summary>Whether there are probabilities of classes.</summary>
    public bool HasClassifier { get; }

    /// <summary>The number of classes; 0 without a classifier.</summary>
    public int Classes { get; }

    /// <summary>The texts beside the graph.</summary>
    public IReadOnlyDictionary<string, string> Metadata => session.ModelMetadata.CustomMetadataMap;

    /// <summary>The session; owned by this object.</summary>
    public InferenceSession Session => session;

    /// <summary>Runs the graph. Thread-safe.</summary>
    /// <param name="values">The input; borrowed.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <returns>The vectors (N, D) and the probabilities (N, C), empty without a classifier; owned by the caller.</returns>
    /// <exception cref="ConfigurationException">ONNX Runtime fails; the message names the file.</exception>
    public (float[] Vectors, float[] Probabilities) Run<T>(Memory<T> values, long[] shape, CancellationToken cancellationToken)
        where T : unmanaged
    {
        using var run = new RunOptions();
        using var stop = cancellationToken.Register(() => run.Terminate = true);
        using var value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values, shape);
        try
        {
            using var results = session.Run(run, [input], [value], outputs);
            float[] probabilities = HasClassifier ? results[1].GetTensorDataAsSpan<float>().ToArray() : [];
            return (results[0].GetTensorDataAsSpan<float>().ToArray(), probabilities);
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ConfigurationException($"{path}: ONNX Runtime cannot encode ({string.Join(", ", shape)}): {Reason(e)}" +
                (shape[0] > 1 && Batch == 0 ? " With ImageEmbedderOptions.BatchSize = 1 it gets one image at a time." : ""), e);
        }
    }

    /// <summary>Frees the session; no call may be running.</summary>
    public void Dispose() => session.Dispose();

    private static InferenceSession Open(string path, SessionOptions? given)
    {
        try
        {
            using var own = given is null ? ImageEmbedderOptions.DefaultSession() : null;
            return new InferenceSession(path, given ?? own!);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"{path}: ONNX Runtime cannot load it: {Reason(e)}", e);
        }
        catch (Exception e) when (e is DllNotFoundException || e.GetBaseException() is DllNotFoundException)
        {
            throw new ConfigurationException("ONNX Runtime's native library is missing. Add the package Microsoft.ML.OnnxRuntime, " +
                "or Microsoft.ML.OnnxRuntime.Gpu or .DirectML, to the program.", e);
        }
    }

    private static string Reason(OnnxRuntimeException e) => e.Message.ReplaceLineEndings(" ").Trim();

    private (string Name, int[] Shape, PixelType? Pixels) Input()
    {
        if (session.InputNames.Count != 1)
            throw new InvalidDataException($"{path} has {session.InputNames.Count} inputs " +
                $"({string.Join(", ", session.InputNames)}), not one.");
        string name = session.InputNames[0];
        var value = session.InputMetadata[name];
        int[] shape = value.IsTensor ? value.Dimensions : [];
        PixelType? pixels = (shape, value.ElementDataType) switch
        {
            ([<= 1, <= 0, <= 0, > 0], TensorElementType.UInt8) => Images.PixelType.UInt8,
            ([<= 1, <= 0, <= 0, > 0], TensorElementType.UInt16) => Images.PixelType.UInt16,
            ([<= 1, <= 0, <= 0, > 0], TensorElementType.Float) => Images.PixelType.Float32,
            _ => null,
        };
        bool planes = shape is [_, > 0, _, _] && shape[2] == shape[3] && value.ElementDataType == TensorElementType.Float;
        return pixels is not null || planes ? (name, shape, pixels) : throw new InvalidDataException($"{path}: its input {name} is " +
            $"{value.ElementDataType} ({string.Join(", ", shape)}), not Float (N, C, S, S), " +
            $"or UInt8, UInt16 or Float (1, -1, -1, C); -1 is any length.");
    }

    // The product of all sides but the first: (N, D), or (N, D, 1, 1).
    private int LengthOf(string output)
    {
        if (!session.OutputMetadata.TryGetValue(output, out var value))
            throw new InvalidDataException($"{path} has no output {output}; it has {string.Join(", ", session.OutputNames)}. " +
                $"ImageEmbedderOptions.Output names the one of shape (N, D).");
        int[] shape = value.IsTensor ? value.Dimensions : [];
        return shape is [_, > 0, ..] && shape[2..].All(side => side == 1)
            && value.ElementDataType == TensorElementType.Float
            ? shape[1]
            : throw new InvalidDataException($"{path}: its output {output} is {value.ElementDataType} ({string.Join(", ", shape)}), " +
                $"not Float (N, D). ImageEmbedderOptions.Output names another one.");
    }
}
