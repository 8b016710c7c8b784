using System.Globalization;
using SimClr.Weights;

namespace SimClr.Models;

/// <summary>Maps the names of Google's SimCLR networks to ours, and detects the network of a checkpoint.</summary>
internal static class GoogleLayout
{
    private const string Convolution = "base_model/conv2d";

    /// <summary>A tensor of ours and its variable in the checkpoint.</summary>
    /// <param name="Name">The state-dict name.</param>
    /// <param name="Variable">TensorFlow's name.</param>
    /// <param name="Shape">The shape in TensorFlow's order: (k, k, in, out), (in, out) or (channels).</param>
    internal sealed record Part(string Name, string Variable, long[] Shape);

    /// <summary>TensorFlow's name of the i-th layer of a kind.</summary>
    public static string Numbered(string kind, int i) => i == 0 ? kind : $"{kind}_{i}";

    public static InvalidDataException Excited(string file) =>
        new($"{file}: this network has squeeze-and-excitation layers, which are not here.");

    /// <summary>Detects the encoder from the shapes.</summary>
    /// <exception cref="InvalidDataException">The network is unknown.</exception>
    public static ResNetOptions Encoder(IReadOnlyDictionary<string, TensorFlowVariable> variables, string file)
    {
        int count = 1 + variables.Keys.Select(Number).DefaultIfEmpty(-1).Max();
        long[] Kernel(int i) => variables.TryGetValue($"{Numbered(Convolution, i)}/kernel", out var v)
            ? v.Shape.Count == 4 ? [.. v.Shape]
                : throw new InvalidDataException($"{file}: {Numbered(Convolution, i)}/kernel has {v.Shape.Count} axes instead of 4.")
            : throw new InvalidDataException(
                $"{file} lacks {Numbered(Convolution, i)}/kernel: it is no SimCLR checkpoint of Google's, or not a whole one.");

        // ResNet-D's stem has three convolutions. The first block follows; its shortcut is made before its other convolutions.
        long[] stem = Kernel(0);
        bool deep = stem[0] == 3 && Kernel(1)[0] == 3;
        int block = deep ? 3 : 1;
        long[] first = Kernel(block + 1);
        long channels = Kernel(block - 1)[3];
        if (stem[0] is not (3 or 7) || channels is < 4 or > 512)
            throw new InvalidDataException(
                $"{file}: {Convolution}/kernel is ({string.Join(", ", stem)}); a stem here has 7×7 or 3×3 kernels and 4 to 512 channels.");
        bool basic = first[0] == 3, selective = !basic && Kernel(block + 2) is [3, 3, var into, var outOf] && outOf == 2 * into;
        if (deep && !selective)
            throw new InvalidDataException($"{file}: this network has ResNet-D's stem without selective kernels, which is not here.");
        if (variables.Keys.Any(n => n.StartsWith(Convolution, StringComparison.Ordinal) && n.EndsWith("/bias", StringComparison.Ordinal)))
            throw Excited(file);

        var options = new ResNetOptions
        {
            Channels = (int)stem[2],
            Width = channels / 64.0,
            Stem = stem[0] == 7 || deep ? Stem.Imagenet : Stem.Small,
            SelectiveKernels = selective,
            Layout = ResNetLayout.Google,
        };
        foreach (var depth in Enum.GetValues<ResNetDepth>())
        {
            var candidate = options with { Arch = depth };
            if (ResNetTopology.BlocksOf(depth).Basic == basic && new ResNetTopology(candidate).Convolutions.Count() == count)
                return candidate;
        }
        throw new InvalidDataException($"{file}: {count} convolutions in {(basic ? "basic" : "bottleneck")} blocks are no depth " +
            $"that is here (ResNet-18, 34, 50, 101, 152).");
    }

    /// <summary>All tensors of the encoder except the batch counters, which TensorFlow does not have.</summary>
    public static IEnumerable<Part> Parts(ResNetOptions options)
    {
        int convolutions = 0, norms = 0;
        foreach (var (convolution, norm, kernel, _, inputs, outputs) in new ResNetTopology(options).Convolutions)
        {
            yield return new($"{convolution}.weight", $"{Numbered(Convolution, convolutions++)}/kernel", [kernel, kernel, inputs, outputs]);
            if (norm is null) continue;
            foreach (var part in Norm(norm, $"base_model/{Numbered("batch_normalization", norms++)}", outputs)) yield return part;
        }
    }

    /// <summary>The tensors of one of our batch norms.</summary>
    public static IEnumerable<Part> Norm(string name, string scope, long channels) =>
        [
            new($"{name}.weight", $"{scope}/gamma", [channels]),
            new($"{name}.bias", $"{scope}/beta", [channels]),
            new($"{name}.running_mean", $"{scope}/moving_mean", [channels]),
            new($"{name}.running_var", $"{scope}/moving_variance", [channels]),
        ];

    // N of base_model/conv2d_N/kernel; −1 for any other name.
    private static int Number(string variable)
    {
        if (!variable.StartsWith(Convolution, StringComparison.Ordinal) || !variable.EndsWith("/kernel", StringComparison.Ordinal))
            return -1;
        string middle = variable[Convolution.Length..^"/kernel".Length];
        if (middle.Length == 0) return 0;
        return middle[0] == '_' && int.TryParse(middle.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int n)
            && n < 10_000 ? n : -1;
    }
}
