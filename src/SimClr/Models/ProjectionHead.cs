using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// The projection head g(·): z = W⁽²⁾ ReLU(W⁽¹⁾ h) (SimCLR, §2.1), and its forms of one and three layers. h (N, D) float32 → z (N, d)
/// float32, not normalised.
/// </summary>
/// <remarks>
/// In eval mode and without gradients several threads may compute at once; training, changing weights, mode or device is for one alone.
/// </remarks>
public sealed class ProjectionHead : Module<Tensor, Tensor>
{
    private readonly Sequential layers;

    /// <summary>Makes the head in training mode, with new random weights.</summary>
    /// <param name="options">The options of the head.</param>
    /// <param name="featureDim">D.</param>
    /// <param name="generator">The source of the weights; borrowed.</param>
    /// <param name="first">
    /// Builds only this many layers, from the encoder on, each with its ReLU: SimCLR v2 fine-tunes from there. Null: all layers.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// An option is out of range, or <paramref name="first"/> is not below the number of layers.
    /// </exception>
    public ProjectionHead(ProjectionHeadOptions options, int featureDim, Generator generator, int? first = null)
        : base(nameof(ProjectionHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (first < 0 || (first > 0 && first >= options.Layers))
            throw new ArgumentOutOfRangeException(nameof(first), first, $"Of a head with {options.Layers} layers the " +
                $"first {Math.Max(0, options.Layers - 1)} at most can be taken: the last one is for the contrast alone.");
        int hidden = options.HiddenDim == 0 ? featureDim : options.HiddenDim, layersTaken = first ?? options.Layers;
        OutputDim = layersTaken == 0 ? featureDim : layersTaken < options.Layers ? hidden : options.OutputDim;

        var children = new List<Module<Tensor, Tensor>>();
        int inputs = featureDim;
        for (int layer = 1; layer <= layersTaken; layer++)
        {
            bool last = layer == options.Layers;
            int outputs = last ? OutputDim : hidden;
            children.Add(FullyConnected(inputs, outputs, bias: !options.BatchNorm, generator));
            if (options.BatchNorm) children.Add(Norm(outputs, shift: !last));
            if (!last) children.Add(ReLU());
            inputs = outputs;
        }
        layers = Sequential(children);
        RegisterComponents();
    }

    /// <summary>d, the length of z; with <c>first</c>, the width of the last layer built.</summary>
    public int OutputDim { get; }

    /// <summary>Computes the projection.</summary>
    /// <param name="input">h (N, D) float32; borrowed.</param>
    /// <returns>z (N, d) float32, or the output of the last layer built; owned by the caller.</returns>
    public override Tensor forward(Tensor input) => layers.Count == 0 ? input.alias() : layers.call(input);

    // PyTorch's initialisation: weights and biases uniform in ±1/√inputs. Google's is N(0, 0.01); batch norm makes them equivalent.
    private static Linear FullyConnected(int inputs, int outputs, bool bias, Generator generator)
    {
        var linear = Linear(inputs, outputs, hasBias: bias);
        using var _ = no_grad();
        double bound = 1 / Math.Sqrt(inputs);
        linear.weight.uniform_(-bound, bound, generator);
        linear.bias?.uniform_(-bound, bound, generator);
        return linear;
    }

    // Without a shift, β stays 0 and is not trained.
    private static BatchNorm Norm(int features, bool shift)
    {
        var norm = new BatchNorm(features);
        if (!shift) norm.bias.requires_grad_(false);
        return norm;
    }
}
