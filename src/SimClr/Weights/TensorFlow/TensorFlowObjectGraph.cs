using Google.Protobuf;

namespace SimClr.Weights;

/// <summary>
/// The objects behind a TensorFlow 2 checkpoint: a graph whose edges are field names. Its leaves give the keys of the variables. The keys
/// themselves depend on the order of the traversal that wrote them.
/// </summary>
/// <remarks>Source: trackable_object_graph.proto of github.com/tensorflow/tensorflow.</remarks>
internal sealed class TensorFlowObjectGraph
{
    /// <summary>The tensor that holds the graph; only TensorFlow 2 checkpoints have it.</summary>
    public const string Key = "_CHECKPOINTABLE_OBJECT_GRAPH";

    private const int MaxSteps = 1_000_000; // a network of some hundred layers needs some thousand

    private readonly List<(Dictionary<string, int> Children, string? Variable)> nodes = [];
    private readonly string name;
    private int steps;

    /// <summary>Parses the graph.</summary>
    /// <param name="bytes">A TrackableObjectGraph.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <exception cref="InvalidDataException">The bytes are not such a message.</exception>
    public TensorFlowObjectGraph(byte[] bytes, string name)
    {
        this.name = name;
        try
        {
            using var input = new CodedInputStream(bytes);
            while (input.ReadTag() is not 0 and var tag)
            {
                if (tag == 10) nodes.Add(ParseNode(input.ReadBytes()));
                else input.SkipLastField();
            }
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"{name}: {Key} is no object graph: {e.Message}", e);
        }
        if (nodes.Any(n => n.Children.Values.Any(c => c < 0 || c >= nodes.Count)))
            throw new InvalidDataException($"{name}: {Key} names an object that it does not have.");
    }

    /// <summary>The first object with a field of this name; null if there is none.</summary>
    public int? WithField(string field) => nodes.FindIndex(n => n.Children.ContainsKey(field)) is >= 0 and var found ? found : null;

    /// <summary>The object at the end of a path of fields; null if the path breaks off.</summary>
    /// <exception cref="InvalidDataException">So many steps were made that the lists of the graph must contain each other.</exception>
    public int? At(int? node, params ReadOnlySpan<string> path)
    {
        foreach (string field in path)
        {
            if (++steps > MaxSteps) throw new InvalidDataException($"{name}: {Key} has lists of lists without end.");
            if (node is not { } from || !nodes[from].Children.TryGetValue(field, out int to)) return null;
            node = to;
        }
        return node;
    }

    /// <summary>The elements of the list in a field, in order; empty if there is no such list.</summary>
    public IEnumerable<int> List(int? node, string field)
    {
        var list = At(node, field);
        for (int i = 0; At(list, $"{i}") is { } element; i++) yield return element;
    }

    /// <summary>The variables among the fields of an object, with their keys in the checkpoint.</summary>
    public IEnumerable<(string Field, string Key)> Variables(int node)
    {
        foreach (var (field, child) in nodes[node].Children)
        {
            if (nodes[child].Variable is { } key) yield return (field, key);
        }
    }

    /// <summary>The keys of all variables below an object, at any depth.</summary>
    public IEnumerable<string> VariablesBelow(int? node)
    {
        var (seen, left) = (new HashSet<int>(), new Stack<int>(node is { } root ? [root] : []));
        while (left.TryPop(out int next))
        {
            if (!seen.Add(next)) continue;
            if (nodes[next].Variable is { } key) yield return key;
            foreach (int child in nodes[next].Children.Values) left.Push(child);
        }
    }

    // TrackableObject: children 1 (node_id 1, local_name 2), attributes 2 (name 1, full_name 2, checkpoint_key 3).
    private static (Dictionary<string, int>, string?) ParseNode(ByteString bytes)
    {
        var children = new Dictionary<string, int>(StringComparer.Ordinal);
        string? variable = null;
        using var input = bytes.CreateCodedInput();
        while (input.ReadTag() is not 0 and var tag)
        {
            if (tag is not (10 or 18))
            {
                input.SkipLastField();
                continue;
            }
            using var part = input.ReadBytes().CreateCodedInput();
            string name = "", key = "";
            int id = 0;
            while (part.ReadTag() is not 0 and var field)
            {
                if (field == 8) id = part.ReadInt32();
                else if (field == 26) key = part.ReadString();
                else if (field == (tag == 10 ? 18u : 10u)) name = part.ReadString();
                else part.SkipLastField();
            }
            if (tag == 10) children[name] = id;
            else if (name == "VARIABLE_VALUE") variable = key;
        }
        return (children, variable);
    }
}
