using SimClr.Images;
using SimClr.Weights;

namespace SimClr.Encoders;

/// <summary>The preprocessing of evaluation (<see cref="Preprocessing.CenterCrop"/>, unchanged colours) as ONNX operators.</summary>
internal static class OnnxView
{
    /// <summary>Adds the preprocessing to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="image">Images (N, H, W, C) of the preprocessing's type.</param>
    /// <param name="preprocessing">Filter, normalisation and S.</param>
    /// <param name="channels">C.</param>
    /// <returns>The name of the views (N, C, S, S) float32.</returns>
    public static string Add(OnnxGraph graph, string image, Preprocessing preprocessing, int channels)
    {
        int imageSize = preprocessing.ImageSize;
        string shape = graph.Node("image_shape", "Shape", [image], ("start", 1L), ("end", 3L)); // (2): H, W
        string side = Side(graph, shape, imageSize);
        string start = graph.Node("crop_start", "Div", [graph.Node("margin", "Sub", [shape, side]), graph.Constant("two", 2L)]);
        string end = graph.Node("crop_end", "Add", [start, side]);
        string crop = graph.Node("crop", "Slice", [image, start, end, graph.Constant("crop_axes", 1L, 2L)]);

        string values = graph.Node("crop_float", "Cast", [crop], ("to", (long)OnnxGraph.Float));
        var (low, high) = preprocessing.RangeOf(preprocessing.ValueType ?? PixelType.UInt8);
        if (preprocessing.ValueRange.Count > 0 || preprocessing.ValueType == PixelType.Float32)
            values = Clipped(graph, values, (float)low, (float)(high - low));
        string planes = graph.Node("planes", "Transpose", [values], ("perm", new long[] { 0, 3, 1, 2 }));

        // Pixels beyond the border are left out and the weights are normalised, as in FilterTaps. This is not the operator's default.
        bool cubic = preprocessing.Interpolation == Interpolation.Bicubic;
        string resized = graph.Node("resized", "Resize", [planes, "", "", graph.Constant("size", imageSize, imageSize)],
            ("axes", new long[] { 2, 3 }), ("antialias", 1L), ("mode", cubic ? "cubic" : "linear"),
            ("cubic_coeff_a", -0.5f), ("exclude_outside", 1L), ("coordinate_transformation_mode", "half_pixel"));
        if (cubic)
        {
            resized = graph.Node("clipped", "Clip",
                [resized, graph.Constant("black", [], [0f]), graph.Constant("white", [], [(float)(high - low)])]);
        }
        return Normalize(graph, resized, preprocessing, channels, high - low);
    }

    // (1): the side of the middle square.
    private static string Side(OnnxGraph graph, string shape, int imageSize)
    {
        string shorter = graph.Node("shorter", "ReduceMin", [shape]);
        if (imageSize <= 32) return shorter;
        string share = graph.Node("share", "Mul", [graph.Node("shorter_double", "Cast", [shorter], ("to", (long)OnnxGraph.Double)),
            graph.Constant("seven_eighths", 0.875)]);
        string rounded = graph.Node("share_whole", "Cast", [graph.Node("share_rounded", "Round", [share])], ("to", (long)OnnxGraph.Int64));
        string part = graph.Node("part", "Max", [rounded, graph.Constant("one", 1L)]);
        string equal = graph.Node("side_fits", "Cast", [graph.Node("sides_fit", "Equal", [shape, graph.Constant("side", imageSize)])],
            ("to", (long)OnnxGraph.Int64));
        string exact = graph.Node("fits", "Equal", [graph.Node("both_fit", "ReduceMin", [equal]), "one"]);
        return graph.Node("crop_side", "Where", [exact, shorter, part]);
    }

    // clip(v − low) to [0, span]; 0 for NaN.
    private static string Clipped(OnnxGraph graph, string values, float low, float span)
    {
        string lowest = graph.Constant("range_low", [], [low]);
        values = graph.Node("numbers", "Where", [graph.Node("not_numbers", "IsNaN", [values]), lowest, values]);
        return graph.Node("clipped_values", "Clip", [graph.Node("above_low", "Sub", [values, lowest]),
            graph.Constant("range_zero", [], [0f]), graph.Constant("range_span", [], [span])]);
    }

    // (v / span − mean) / std, as v·scale − offset.
    private static string Normalize(OnnxGraph graph, string values, Preprocessing preprocessing, int channels, double span)
    {
        double[] deviation = preprocessing.StandardDeviation.Count == 0 ? [.. Enumerable.Repeat(1.0, channels)]
            : [.. preprocessing.StandardDeviation];
        float[] scale = [.. deviation.Select(s => (float)(1 / (span * s)))];
        values = graph.Node("scaled", "Mul", [values, graph.Constant("scale", [channels, 1, 1], scale)]);
        if (preprocessing.Mean.Count == 0) return values;
        float[] offset = [.. preprocessing.Mean.Zip(deviation, (m, s) => (float)(m / s))];
        return graph.Node("normalized", "Sub", [values, graph.Constant("offset", [channels, 1, 1], offset)]);
    }
}
