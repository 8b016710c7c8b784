using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>LayerScale (Touvron et al. 2021, arXiv 2103.17239): a learned factor per dimension. (…, D) → (…, D).</summary>
internal sealed class ChannelScale : Module<Tensor, Tensor>
{
    private readonly Parameter gamma; // the field's name is the state-dict name

    public ChannelScale(int dimensions, double initial) : base(nameof(ChannelScale))
    {
        gamma = Parameter(full(dimensions, initial));
        RegisterComponents();
        gamma.DetachFromDisposeScope();
    }

    public override Tensor forward(Tensor input) => input * gamma;
}
