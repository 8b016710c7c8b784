using SimClr.Evaluation;
using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>
/// Cross entropy with a teacher's softened predictions on the same views: −T² Σ softmax(t/T) · log softmax(s/T) (Hinton, Vinyals and Dean
/// 2015; SimCLR v2, Eq. 2). Labels are not used.
/// </summary>
/// <remarks>
/// T² keeps the size of the gradient when T changes: the gradient by a logit falls as 1/T² for large T. Google's notebook has this factor,
/// the paper's equation does not; at T = 1 they are equal. Safe to use from several threads at once if the teacher is.
/// </remarks>
public sealed class DistillationLoss : IClassifierLoss
{
    private readonly nn.Module<Tensor, Tensor> teacher;
    private readonly double temperature;

    /// <summary>Makes the loss of a teacher.</summary>
    /// <param name="teacher">
    /// x (N, channels, S, S) → logits (N, C); borrowed, in eval mode and on the student's device. <see cref="FrozenGuard"/> proves that it
    /// does not change.
    /// </param>
    /// <param name="temperature">
    /// T, above 0. Use 0.1 for a student of the teacher's size, and 1 for a smaller one (google-research/simclr).
    /// </param>
    /// <exception cref="ArgumentException">The temperature is not above 0, or the teacher is in training mode.</exception>
    public DistillationLoss(nn.Module<Tensor, Tensor> teacher, double temperature)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        if (!(temperature > 0 && double.IsFinite(temperature)))
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "The temperature of the distillation must be above 0.");
        if (teacher.training) throw new ArgumentException(
            "The teacher must be in eval mode: batch statistics would make its predictions depend on the batch.", nameof(teacher));
        (this.teacher, this.temperature) = (teacher, temperature);
    }

    /// <inheritdoc/>
    public Tensor Of(Tensor logits, Tensor views, IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        Tensor soft;
        using (no_grad()) soft = teacher.call(views).div_(temperature).softmax(1);      // (N, C)
        if (soft.shape[1] != logits.shape[1])
            throw new ArgumentException(
                $"The teacher tells {soft.shape[1]} classes apart and the student {logits.shape[1]}.", nameof(logits));
        return (soft * (logits / temperature).log_softmax(1)).sum(1).mean().mul(-temperature * temperature).MoveToOuterDisposeScope();
    }
}
