using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Models;

public sealed partial class GoogleWeights
{
    private static readonly string[] Scopes = ["base_model/", "head_contrastive/", "head_supervised/"];

    // model_util.py: nl_0, nl_1 … are the nonlinear head, l_0 is the linear one. The norm of the last layer has no β.
    private static (ProjectionHeadOptions? Options, List<GoogleLayout.Part> Parts) HeadOf(
        IReadOnlyDictionary<string, TensorFlowVariable> variables, long features, string file)
    {
        static string Kernel(string layer) => $"head_contrastive/{layer}/dense/kernel";
        List<string> layers = variables.ContainsKey(Kernel("l_0")) ? ["l_0"]
            : [.. Enumerable.Range(0, 1000).Select(i => $"nl_{i}").TakeWhile(l => variables.ContainsKey(Kernel(l)))];
        if (layers.Count == 0) return (null, []);
        if (layers.Count > 3) throw new InvalidDataException($"{file}: the projection head has {layers.Count} layers; here it has 0 to 3.");

        long[] OutputsOf(string layer) => variables[Kernel(layer)].Shape is [_, var n and > 0 and <= 65536] ? [n]
            : throw new InvalidDataException(
                $"{file}: {Kernel(layer)} is ({string.Join(", ", variables[Kernel(layer)].Shape)}), which is no fully connected layer.");
        var parts = new List<GoogleLayout.Part>();
        long inputs = features, outputs = 0;
        for (int i = 0; i < layers.Count; i++)
        {
            bool last = i == layers.Count - 1;
            outputs = last ? OutputsOf(layers[i])[0] : features;
            parts.Add(new($"layers.{3 * i}.weight", Kernel(layers[i]), [inputs, outputs]));
            parts.AddRange(GoogleLayout.Norm($"layers.{3 * i + 1}", $"head_contrastive/{layers[i]}/batch_normalization", outputs)
                .Where(p => !last || !p.Variable.EndsWith("/beta", StringComparison.Ordinal) || variables.ContainsKey(p.Variable)));
            inputs = outputs;
        }
        return (new ProjectionHeadOptions { Layers = layers.Count, OutputDim = (int)outputs }, parts);
    }

    private static List<GoogleLayout.Part> ClassifierOf(IReadOnlyDictionary<string, TensorFlowVariable> variables, string file)
    {
        const string dense = "head_supervised/linear_layer/dense";
        if (!variables.TryGetValue($"{dense}/kernel", out var kernel)) return [];
        if (kernel.Shape.Count != 2) throw new InvalidDataException($"{file}: {dense}/kernel has {kernel.Shape.Count} axes instead of 2.");
        return [new("fc.weight", $"{dense}/kernel", [.. kernel.Shape]), new("fc.bias", $"{dense}/bias", [.. kernel.Shape.Skip(1)])];
    }

    private static void Check(GoogleLayout.Part part, IReadOnlyDictionary<string, TensorFlowVariable> variables, string file)
    {
        if (!variables.TryGetValue(part.Variable, out var variable))
            throw new InvalidDataException($"{file} lacks {part.Variable}, which is {part.Name} here.");
        if (!variable.Shape.SequenceEqual(part.Shape) || part.Shape.Contains(0))
            throw new InvalidDataException(
                $"{file}: {part.Variable} is ({string.Join(", ", variable.Shape)}) instead of ({string.Join(", ", part.Shape)}).");
        if (variable.Type is not (ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16))
            throw new InvalidDataException($"{file}: {part.Variable} holds no floating-point numbers.");
    }

    // Optimizers and moving averages store theirs below the variable's own name: base_model/conv2d/kernel/Momentum.
    private static bool IsUnknown(string name, HashSet<string> taken) =>
        Scopes.Any(s => name.StartsWith(s, StringComparison.Ordinal)) && !taken.Contains(name)
        && !(name.LastIndexOf('/') is > 0 and var slash && taken.Contains(name[..slash]));

    private static void Fill(Dictionary<string, Tensor> state, List<GoogleLayout.Part> parts, TensorFlowCheckpoint checkpoint,
        IReadOnlyDictionary<string, TensorFlowVariable> variables)
    {
        foreach (var part in parts)
        {
            using var scope = NewDisposeScope();
            var tensor = checkpoint.Read(variables[part.Variable].Name).to(ScalarType.Float32);
            var ours = part.Shape.Length switch
            {
                4 => tensor.permute(3, 2, 0, 1), // (k, k, in, out) → (out, in, k, k)
                2 => tensor.t(), // (in, out) → (out, in)
                _ => tensor,
            };
            ModelState.RequireFinite([new($"{part.Variable}, here {part.Name}", ours)], checkpoint.Prefix);
            state[part.Name] = ours.contiguous().DetachFromDisposeScope();
            if (part.Name.EndsWith(".running_var", StringComparison.Ordinal))
            {
                string norm = part.Name[..^".running_var".Length];
                state[$"{norm}.num_batches_tracked"] = zeros([], ScalarType.Int64).DetachFromDisposeScope();
                if (!state.ContainsKey($"{norm}.bias")) state[$"{norm}.bias"] = zeros_like(ours).DetachFromDisposeScope();
            }
        }
    }
}
