using SimClr.Weights;

namespace SimClr.Models;

/// <summary>GELU as ONNX operators: x/2 · (1 + erf(x/√2)). The operator Gelu came with version 20.</summary>
internal static class OnnxGelu
{
    /// <summary>Adds it after a node.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">The name of the input.</param>
    /// <returns>The name of the output.</returns>
    public static string Add(OnnxGraph graph, string x)
    {
        string scaled = graph.Node($"{x}.gelu.scaled", "Mul", [x, graph.Constant($"{x}.gelu.root", [], [(float)Math.Sqrt(0.5)])]);
        string share = graph.Node($"{x}.gelu.share", "Add",
            [graph.Node($"{x}.gelu.erf", "Erf", [scaled]), graph.Constant($"{x}.gelu.one", [], [1f])]);
        string half = graph.Node($"{x}.gelu.half", "Mul", [x, graph.Constant($"{x}.gelu.two", [], [0.5f])]);
        return graph.Node($"{x}.gelu", "Mul", [half, share]);
    }
}
