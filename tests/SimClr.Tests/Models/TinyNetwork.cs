using SimClr.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Tests.Models;

/// <summary>
/// A user's encoder: a convolution, dropout with recorded masks, an unused parameter, buffers of several types. h (N, 6).
/// </summary>
internal sealed class TinyNetwork : Module<Tensor, Tensor>
{
    // Names that the file also uses for other things.
    private readonly Module<Tensor, Tensor> encoder, fc;
    private readonly Module<Tensor, Tensor>? norm;
    private readonly Parameter unused = Parameter(full(3, 0.7f));
    private readonly Tensor scale = tensor(1 / 3.0, float64), passes = tensor(0, int32), known = tensor([true, false]), scattered = arange(6, float64).view(2, 3).t();
    private readonly double dropout;

    public TinyNetwork(double dropout = 0, Module<Tensor, Tensor>? norm = null, int width = 6) : base(nameof(TinyNetwork))
    {
        this.dropout = dropout;
        this.norm = norm;
        encoder = Conv2d(3, 5, 3, padding: 1);
        fc = Linear(5, width);
        RegisterComponents();
    }

    /// <summary>
    /// The masks of every training pass, in order. If masks are given for replay, the passes take those instead, from the front.
    /// </summary>
    public List<Tensor> Masks { get; } = [];

    public bool Replays { get; init; }

    public static CustomEncoder Options(double dropout = 0, Func<Module<Tensor, Tensor>>? norm = null, string name = "tiny", int width = 6) =>
        new(name, seed => new TinyNetwork(dropout, norm?.Invoke(), width));

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = encoder.call(input);
        if (norm is not null) x = norm.call(x);
        x = x.relu().mean([2, 3]) * scale;
        if (training)
        {
            using (no_grad()) passes.add_(1);
            if (dropout > 0) x *= Mask(x);
        }
        return fc.call(x).MoveToOuterDisposeScope();
    }

    private Tensor Mask(Tensor x)
    {
        if (Replays)
        {
            var next = Masks[0];
            Masks.RemoveAt(0);
            return next;
        }
        Masks.Add(rand_like(x).gt(dropout).to(x.dtype).DetachFromDisposeScope());
        return Masks[^1];
    }
}
