using Google.Protobuf;
using SimClr.Fuzz.Mutations;
using SimClr.Models;
using SimClr.Tests;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Fuzz.Readers;

/// <summary>TensorFlow checkpoints: the table of the index on the disk, its entries, the data, and the object graph.</summary>
internal static class TensorFlowReaders
{
    private const string Prefix = "model.ckpt", Index = Prefix + ".index", Data = Prefix + ".data-00000-of-00001";

    public static IEnumerable<FuzzReader> All()
    {
        var (index, data) = Written(Bundle(Graph()), 0);
        var (snappy, _) = Written(Bundle(Graph()), 1);
        var beside = new Dictionary<string, byte[]> { [Data] = data };
        yield return new("tensorflow index", Index, [index, snappy], Read) { Beside = beside, Repair = Checksums.SortedTable };
        // One entry among intact ones; its message is changed.
        yield return new("tensorflow entry", Index, [.. Bundle(Graph()).Index.Where(e => e.Key.Length > 0).Select(e => e.Value)], Read) { Beside = beside, Pack = entry => WithEntry("a/kernel", entry) };
        yield return new("tensorflow header", Index, [Bundle(Graph()).Index[""]], Read) { Beside = beside, Pack = entry => WithEntry("", entry) };
        yield return new("tensorflow data", Data, [data], Read) { Beside = new Dictionary<string, byte[]> { [Index] = index } };
        yield return new("tensorflow objects", Data, [Graph()], path => // index and data in one bundle
        {
            Bundle(File.ReadAllBytes(path)).Write(Path.Combine(Path.GetDirectoryName(path)!, Prefix), 1 << 20);
            Read(path);
        });
    }

    private static void Read(string path)
    {
        using var scope = NewDisposeScope();
        string prefix = Path.Combine(Path.GetDirectoryName(path)!, Prefix);
        var checkpoint = TensorFlowCheckpoint.Open(prefix);
        foreach (var (name, variable) in checkpoint.Variables)
        {
            BrokenPromiseException.Unless(name.Length > 0 && variable.Shape.All(size => size >= 0), $"'{name}' is of the shape ({string.Join(", ", variable.Shape)})");
            if (variable.Type is null) continue;
            var tensor = checkpoint.Read(name);
            BrokenPromiseException.Unless(tensor.shape.AsSpan().SequenceEqual(variable.Shape.ToArray()), $"'{name}' was read with another shape");
        }
        try
        {
            _ = GoogleVariables.Of(checkpoint);
            GoogleWeights.Read(prefix).Dispose();
        }
        catch (InvalidDataException e) when (e.Message.Contains(Prefix, StringComparison.Ordinal))
        {
            // A checkpoint, but not one of SimCLR.
        }
    }

    private static TensorBundle Bundle(byte[] graph)
    {
        var bundle = new TensorBundle();
        bundle.Add("a/kernel", [2, 3], [1, 2, 3, 4, 5, 6]);
        bundle.Add("b/n", TensorBundle.Int64, [], BitConverter.GetBytes(7L));
        bundle.Add("c/half", TensorBundle.Half, [4], new byte[8]);
        bundle.AddText("_CHECKPOINTABLE_OBJECT_GRAPH", graph);
        return bundle;
    }

    // resnet_model → a network with a list of one layer, whose convolution has the variable a/kernel.
    private static byte[] Graph() => TensorBundle.Message(m =>
    {
        TensorBundle.Bytes(m, 1, TensorBundle.Message(node => Child(node, "resnet_model", 1)));
        TensorBundle.Bytes(m, 1, TensorBundle.Message(node => Child(node, "initial_conv_relu_max_pool", 2)));
        TensorBundle.Bytes(m, 1, TensorBundle.Message(node => Child(node, "0", 3)));
        TensorBundle.Bytes(m, 1, TensorBundle.Message(node => Child(node, "conv2d", 4)));
        TensorBundle.Bytes(m, 1, TensorBundle.Message(node => TensorBundle.Bytes(node, 2, TensorBundle.Message(attribute =>
        {
            Text(attribute, 1, "VARIABLE_VALUE");
            Text(attribute, 2, "kernel");
            Text(attribute, 3, "a/kernel");
        }))));
    });

    private static void Child(CodedOutputStream node, string name, int to) => TensorBundle.Bytes(node, 1, TensorBundle.Message(child =>
    {
        TensorBundle.Number(child, 1, to);
        Text(child, 2, name);
    }));

    private static void Text(CodedOutputStream message, int field, string text) => TensorBundle.Bytes(message, field, System.Text.Encoding.UTF8.GetBytes(text));

    private static byte[] WithEntry(string key, byte[] entry)
    {
        var bundle = Bundle(Graph());
        bundle.Index[key] = entry;
        return Written(bundle, 0).Index;
    }

    private static (byte[] Index, byte[] Data) Written(TensorBundle bundle, byte compression) => SeedFiles.Written(path =>
    {
        bundle.Write(path, 1 << 20, compression);
        return (File.ReadAllBytes(path + ".index"), File.ReadAllBytes(path + ".data-00000-of-00001"));
    });
}
