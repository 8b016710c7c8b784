using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>Fully connected layers, initialised by Xavier's uniform distribution (Glorot and Bengio 2010), as in MoCo v3.</summary>
internal static class FullyConnected
{
    /// <summary>A layer (…, inputs) → (…, outputs) with bias 0; owned by the caller.</summary>
    /// <param name="inputs">The fan-in.</param>
    /// <param name="outputs">The outputs.</param>
    /// <param name="generator">The source of the weights; borrowed.</param>
    /// <param name="fanOut">The fan-out of the initialisation. Default: the outputs.</param>
    public static Linear Make(int inputs, int outputs, Generator generator, int? fanOut = null)
    {
        var layer = Linear(inputs, outputs);
        using var _ = no_grad();
        double bound = Math.Sqrt(6.0 / (inputs + (fanOut ?? outputs)));
        layer.weight.uniform_(-bound, bound, generator);
        layer.bias!.zero_();
        return layer;
    }
}
