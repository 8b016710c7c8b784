using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>
/// Builds an ONNX graph: nodes in the order of computation, and constants. The field numbers are those of <c>onnx.proto</c>. Every node has
/// one output with the node's name.
/// </summary>
/// <param name="name">The graph's name.</param>
public sealed class OnnxGraph(string name)
{
    /// <summary>TensorProto.DataType.</summary>
    internal const int Float = 1, UInt8 = 2, UInt16 = 4, Int64 = 7, Double = 11;

    private readonly ProtoMessage message = new ProtoMessage().Text(2, name);

    /// <summary>Adds an input of the graph.</summary>
    /// <param name="input">The name; it is returned.</param>
    /// <param name="type">The element type.</param>
    /// <param name="doc">Range, unit and meaning.</param>
    /// <param name="shape">Numbers, and names for variable sizes.</param>
    internal string Input(string input, int type, string doc, params object[] shape)
    {
        message.Message(11, Value(input, type, doc, shape));
        return input;
    }

    /// <summary>Makes the output of a node an output of the graph, float32.</summary>
    internal void Output(string output, string doc, params object[] shape) => message.Message(12, Value(output, Float, doc, shape));

    /// <summary>Adds a node.</summary>
    /// <param name="output">The name of the node and its output; it is returned.</param>
    /// <param name="type">The operator.</param>
    /// <param name="inputs">Outputs, inputs or constants; "" for an optional input that is not used.</param>
    /// <param name="attributes">Each a long, float, string or long[].</param>
    public string Node(string output, string type, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var node = new ProtoMessage();
        foreach (string input in inputs) node.Text(1, input);
        node.Text(2, output).Text(3, output).Text(4, type);
        foreach (var (attribute, value) in attributes) node.Message(5, Attribute(attribute, value));
        message.Message(1, node);
        return output;
    }

    /// <summary>Adds a constant whose values are made when the file is written.</summary>
    /// <param name="constant">The name; it is returned.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="values">Makes the values on the CPU in any floating dtype; they become float32. The result is disposed.</param>
    public string Constant(string constant, long[] shape, Func<Tensor> values)
    {
        message.Message(5, Head(constant, Float, shape).Bytes(9, 4 * shape.Aggregate(1L, (a, b) => a * b), stream =>
        {
            using var scope = NewDisposeScope();
            var tensor = values().to(ScalarType.Float32).contiguous();
            if (!tensor.isfinite().all().item<bool>())
                throw new InvalidDataException($"{constant} has values that are not finite: such an encoder computes nothing.");
            stream.Write(tensor.bytes);
        }));
        return constant;
    }

    /// <summary>Adds a vector.</summary>
    /// <param name="constant">Its name.</param>
    /// <param name="values">The elements.</param>
    public string Constant(string constant, params long[] values) => Constant(constant, Int64, [values.Length], values);

    /// <summary>Adds a whole number.</summary>
    /// <param name="constant">Its name.</param>
    /// <param name="value">The number.</param>
    public string Scalar(string constant, long value) => Constant(constant, Int64, [], [value]);

    /// <summary>Adds float32 values with a shape.</summary>
    /// <param name="constant">Its name.</param>
    /// <param name="shape">The sizes, outermost first.</param>
    /// <param name="values">The elements, row-major.</param>
    public string Constant(string constant, long[] shape, float[] values) => Constant(constant, Float, shape, values);

    /// <summary>Adds a vector of one float64.</summary>
    /// <param name="constant">Its name.</param>
    /// <param name="value">The number.</param>
    public string Constant(string constant, double value) => Constant(constant, Double, [1], [value]);

    /// <summary>The graph as a model.</summary>
    /// <param name="opset">The version of the operators.</param>
    /// <param name="ir">The version of the format.</param>
    /// <param name="doc">The description of the model.</param>
    /// <param name="metadata">Texts by key.</param>
    internal ProtoMessage Model(int opset, int ir, string doc, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var model = new ProtoMessage()
            .Number(1, ir)
            .Text(2, "SimClr")
            .Text(3, typeof(OnnxGraph).Assembly.GetName().Version!.ToString(3))
            .Text(6, doc)
            .Message(8, new ProtoMessage().Text(1, "").Number(2, opset))
            .Message(7, message);
        foreach (var (key, value) in metadata) model.Message(14, new ProtoMessage().Text(1, key).Text(2, value));
        return model;
    }

    private string Constant<T>(string constant, int type, long[] shape, T[] values) where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        message.Message(5, Head(constant, type, shape).Bytes(9, bytes.Length, stream => stream.Write(bytes)));
        return constant;
    }

    private static ProtoMessage Head(string constant, int type, long[] shape)
    {
        var tensor = new ProtoMessage();
        foreach (long side in shape) tensor.Number(1, side);
        return tensor.Number(2, type).Text(8, constant);
    }

    private static ProtoMessage Attribute(string attribute, object value)
    {
        var message = new ProtoMessage().Text(1, attribute);
        switch (value)
        {
            case float number: return message.Number(2, number).Number(20, 1);
            case long number: return message.Number(3, number).Number(20, 2);
            case string text: return message.Text(4, text).Number(20, 3);
            default:
                foreach (long number in (long[])value) message.Number(8, number);
                return message.Number(20, 7);
        }
    }

    private static ProtoMessage Value(string value, int type, string doc, object[] shape)
    {
        var sides = new ProtoMessage();
        foreach (object side in shape)
            sides.Message(1, side is string any ? new ProtoMessage().Text(2, any) : new ProtoMessage().Number(1, Convert.ToInt64(side)));
        var tensor = new ProtoMessage().Number(1, type).Message(2, sides);
        return new ProtoMessage().Text(1, value).Message(2, new ProtoMessage().Message(1, tensor)).Text(3, doc);
    }
}
