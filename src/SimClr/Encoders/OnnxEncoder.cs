using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SimClr.Images;
using SimClr.IO;
using SimClr.Models;
using SimClr.Weights;

namespace SimClr.Encoders;

/// <summary>Writes an encoder as an ONNX file, optionally with the preprocessing before it and a classifier after it.</summary>
/// <remarks>
/// <para>Input: <c>image</c> (N, H, W, C) uint8, uint16 or float32, as the images of the training, or without preprocessing <c>x</c> (N,
/// C, S, S) float32. Outputs, float32: <c>h</c> (N, D); with a classifier also <c>logits</c> and <c>probabilities</c> (N, C). N, H and W
/// may differ between calls.</para>
/// <para>Metadata: <c>preprocessing</c> (JSON), <c>recipe</c> (YAML), <c>classes</c> (JSON list of names). docs/applications.md lists
/// the keys.</para>
/// </remarks>
public static class OnnxEncoder
{
    /// <summary>
    /// The version of the operators by default: the oldest that has all operators used here (it introduced Resize with antialiasing). So
    /// most runtimes accept it, ONNX Runtime since 1.14.
    /// </summary>
    public const int Opset = 18;

    /// <summary>The oldest version of the operators that can be written (<see cref="OnnxOptions.Opset"/>).</summary>
    public const int OldestOpset = 17;

    /// <summary>The version of the file format that belongs to both (ONNX 1.12 and 1.13).</summary>
    public const int IrVersion = 8;

    private const string Output = "h";

    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes the file atomically; an existing file is replaced. Besides the encoder, one tensor at a time is in memory.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="encoder">The encoder, in any mode and on any device; its eval mode is written; borrowed.</param>
    /// <param name="preprocessing">The preprocessing of training; S at least 8.</param>
    /// <param name="options">Further content of the file; by default the preprocessing.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A value of <paramref name="preprocessing"/> or the version of the operators is out of range.
    /// </exception>
    /// <exception cref="ArgumentException">The classifier does not fit the encoder or the names of its classes.</exception>
    /// <exception cref="InvalidDataException">
    /// A weight is not finite (the message names it), or the file would exceed the format's limit of 2 GB.
    /// </exception>
    /// <exception cref="IOException">The file is not writable.</exception>
    public static void Write(string path, IOnnxExportable encoder, Preprocessing preprocessing, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentOutOfRangeException.ThrowIfLessThan(preprocessing.ImageSize, 8);
        preprocessing.Validate(encoder.Options.Channels);
        options ??= new OnnxOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Opset, options.Preprocessing ? Opset : OldestOpset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Opset, Opset);
        if (options.Classifier is { } classifier) Check(classifier, encoder.FeatureDim);

        var model = Model(encoder, preprocessing, options);
        if (model.Length > int.MaxValue)
            throw new InvalidDataException($"{path}: the encoder and its classifier would take {model.Length} bytes; " +
                $"an ONNX file holds at most {int.MaxValue}.");

        AtomicFile.Write(path, file => model.WriteTo(file));
    }

    private static ProtoMessage Model(IOnnxExportable encoder, Preprocessing preprocessing, OnnxOptions options)
    {
        var graph = new OnnxGraph("encoder");
        string range = "values in [0, 1]" +
            (preprocessing.Mean.Count > 0 ? $", minus ({string.Join(", ", preprocessing.Mean)})" : "") +
            (preprocessing.StandardDeviation.Count > 0 ? $", divided by ({string.Join(", ", preprocessing.StandardDeviation)})" : "");
        int channels = encoder.Options.Channels, imageSize = preprocessing.ImageSize;
        string bands = channels == 3 ? "R, G, B" : channels == 1 ? "gray" : $"{channels} bands";
        var type = preprocessing.ValueType ?? PixelType.UInt8;
        var (low, high) = preprocessing.RangeOf(type);
        string values = preprocessing.ValueRange.Count == 0 ? string.Create(CultureInfo.InvariantCulture, $"in [0, {high}]")
            : string.Create(CultureInfo.InvariantCulture, $"as in the file, of which {low} becomes 0 and {high} becomes 1");
        string x = options.Preprocessing
            ? OnnxView.Add(graph, graph.Input("image", ElementOf(type), $"Decoded images, upright: {bands} {values}, row by row. " +
                $"Images of other sizes take another call.", "N", "H", "W", channels), preprocessing, channels)
            : graph.Input("x", OnnxGraph.Float, $"Views: planes {bands}; {range}. " +
                $"How they are made is in the metadata under 'preprocessing'.", "N", channels, imageSize, imageSize);

        string h = encoder.AddTo(graph, x, imageSize);
        if (h != Output) h = graph.Node(Output, "Identity", [h]); // one name for h, whatever the encoder
        graph.Output(h, $"Representation: the encoder's features,{(encoder.IsNonNegative ? " at least 0," : "")} without a unit; " +
            "compare by the cosine.", "N", encoder.FeatureDim);
        if (options.Classifier is { } classifier) Classify(graph, h, classifier);
        return graph.Model(options.Opset, IrVersion, $"SimCLR encoder: {encoder.Title}, views of {imageSize} × {imageSize} pixels.",
            Metadata(preprocessing, channels, options));
    }

    private static int ElementOf(PixelType type) =>
        type switch { PixelType.UInt8 => OnnxGraph.UInt8, PixelType.UInt16 => OnnxGraph.UInt16, _ => OnnxGraph.Float };

    private static void Classify(OnnxGraph graph, string h, EncoderClassifier classifier)
    {
        string weight = graph.Constant("fc.weight", classifier.Weight.shape, () => classifier.Weight.detach().cpu());
        string bias = graph.Constant("fc.bias", classifier.Bias.shape, () => classifier.Bias.detach().cpu());
        string logits = graph.Node("logits", "Gemm", [h, weight, bias], ("transB", 1L));
        graph.Output(logits, "Logits of the classes that the metadata lists under 'classes'.", "N", classifier.Classes.Count);
        graph.Output(graph.Node("probabilities", "Softmax", [logits], ("axis", 1L)), "Softmax of the logits: sums to 1.",
            "N", classifier.Classes.Count);
    }

    private static Dictionary<string, string> Metadata(Preprocessing preprocessing, int channels, OnnxOptions options)
    {
        int imageSize = preprocessing.ImageSize;
        var (low, high) = preprocessing.RangeOf(preprocessing.ValueType ?? PixelType.UInt8);
        string type = (preprocessing.ValueType ?? PixelType.UInt8).ToString().ToLowerInvariant();
        var metadata = new Dictionary<string, string>
        {
            ["preprocessing"] = JsonSerializer.Serialize(new
            {
                included = options.Preprocessing,
                input = options.Preprocessing ? "image" : "x",
                layout = options.Preprocessing ? "NHWC" : "NCHW",
                type = options.Preprocessing ? type : "float32",
                channels = channels == 3 ? "RGB" : channels == 1 ? "gray" : $"{channels} bands",
                range = options.Preprocessing ? (double[])[low, high] : [0, 1],
                size = imageSize,
                crop_share = imageSize <= 32 ? 1 : 0.875,
                crop = imageSize <= 32
                    ? "the middle square, of the shorter side"
                    : $"the middle square, of 0.875 of the shorter side (rounded half to even); " +
                        $"all of an image of {imageSize} × {imageSize} pixels",
                filter = preprocessing.Interpolation == Interpolation.Bicubic
                    ? "bicubic (a = -0.5), antialiased as in Pillow, clipped" : "bilinear, antialiased as in Pillow",
                scale = preprocessing.ValueRange.Count > 0
                    ? string.Create(CultureInfo.InvariantCulture, $"(values - {low}) / ({high} - {low}), clipped to [0, 1]")
                    : string.Create(CultureInfo.InvariantCulture, $"pixels / {high}"),
                mean = preprocessing.Mean,
                std = preprocessing.StandardDeviation,
                value_range = preprocessing.ValueRange.Count > 0 ? preprocessing.ValueRange : null,
                value_type = preprocessing.ValueType is null ? null : type,
                pages = preprocessing.Decoding.Pages == ImagePages.First ? null
                    : preprocessing.Decoding.Pages.ToString().ToLowerInvariant(),
                chosen_channels = preprocessing.Decoding.Channels.Count > 0 ? preprocessing.Decoding.Channels : null,
            }, Json),
        };
        if (options.Recipe is { } recipe) metadata["recipe"] = recipe;
        if (options.Classifier is { } classifier) metadata["classes"] = JsonSerializer.Serialize(classifier.Classes, Json);
        return metadata;
    }

    private static void Check(EncoderClassifier classifier, int dimensions)
    {
        long[] weight = classifier.Weight.shape, bias = classifier.Bias.shape;
        if (weight.Length != 2
            || weight[1] != dimensions || bias.Length != 1 || bias[0] != weight[0] || classifier.Classes.Count != weight[0])
        {
            throw new ArgumentException(
                $"The classifier has a weight ({string.Join(", ", weight)}), a bias ({string.Join(", ", bias)}) " +
                    $"and {classifier.Classes.Count} names; an encoder of {dimensions} features takes (C, {dimensions}), (C) and C.",
                nameof(classifier));
        }
    }
}
