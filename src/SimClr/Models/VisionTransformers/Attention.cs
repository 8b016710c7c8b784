using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// Multi-head self-attention (Vaswani et al. 2017, §3.2): tokens (N, T, D) → (N, T, D). Every head computes softmax(QKᵀ/√(D/H))·V, by
/// libtorch's <c>scaled_dot_product_attention</c>, which does not store the (T, T) products.
/// </summary>
internal sealed class Attention : Module<Tensor, Tensor>
{
    // Field names are state-dict names.
    private readonly Linear qkv, proj;
    private readonly int heads;

    public Attention(int dimensions, int heads, Generator generator) : base(nameof(Attention))
    {
        this.heads = heads;
        // Queries, keys and values are initialised as three layers (MoCo v3).
        qkv = FullyConnected.Make(dimensions, 3 * dimensions, generator, fanOut: dimensions);
        proj = FullyConnected.Make(dimensions, dimensions, generator);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var parts = qkv.call(input).unflatten(2, [3, heads, -1]).permute(2, 0, 3, 1, 4).unbind(0);      // 3 × (N, H, T, D/H)
        var y = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]);
        return proj.call(y.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }
}
