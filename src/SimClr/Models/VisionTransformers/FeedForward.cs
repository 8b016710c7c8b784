using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>The MLP of a transformer block: D → 4·D, GELU (with the error function, not its tanh approximation), 4·D → D.</summary>
internal sealed class FeedForward : Module<Tensor, Tensor>
{
    // Field names are state-dict names.
    private readonly Linear fc1, fc2;

    public FeedForward(int dimensions, Generator generator) : base(nameof(FeedForward))
    {
        fc1 = FullyConnected.Make(dimensions, 4 * dimensions, generator);
        fc2 = FullyConnected.Make(4 * dimensions, dimensions, generator);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return fc2.call(functional.gelu(fc1.call(input))).MoveToOuterDisposeScope();
    }
}
