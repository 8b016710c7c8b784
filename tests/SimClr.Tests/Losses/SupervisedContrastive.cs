using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

/// <summary>L_out of supervised contrastive learning (Khosla et al. 2020, Eq. 2), as a user would write it.</summary>
internal sealed class SupervisedContrastive(Func<int, int> label, double temperature) : AutogradLoss
{
    public override string Name => "supervised-contrastive";

    protected override Tensor Value(Tensor z, IReadOnlyList<int> indices)
    {
        var u = nn.functional.normalize(z);                                                         // (2N, d)
        var labels = tensor(indices.Select(label).ToArray(), device: z.device);           // (2N)
        var itself = eye(z.shape[0], dtype: ScalarType.Bool, device: z.device);
        var logs = nn.functional.log_softmax(u.mm(u.t()).div(temperature).masked_fill(itself, -1e9), 1);
        var positives = labels.unsqueeze(0).eq(labels.unsqueeze(1)).logical_and(itself.logical_not()).to(z.dtype);
        return -((logs * positives).sum(1) / positives.sum(1)).mean();
    }
}
