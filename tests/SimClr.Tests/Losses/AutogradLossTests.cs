using SimClr.Losses;
using SimClr.Pretraining;
using SimClr.Tests.Distributed;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

public sealed class AutogradLossTests
{
    private const int N = 6, D = 4;
    private const double Temperature = 0.3;

    // The labels of the views. The last two pairs consist of two images each, one of which has two labels.
    private static readonly int[] Images = [40, 7, 12, 3, 25, 9, 40, 7, 12, 3, 28, 10];

    private static int Label(int image) => image % 3;

    private static Tensor Projections()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        return (randn(2 * N, D, float64, generator: generator) * 2).MoveToOuterDisposeScope();
    }

    [Fact]
    public void Supervised_contrastive_loss_and_gradient_equal_the_papers_sum()
    {
        using var scope = NewDisposeScope();
        var z = Projections();
        using var result = new SupervisedContrastive(Label, Temperature).Compute(new ProjectionBatch(z, Images));

        double[] values = z.data<double>().ToArray(), gradient = result.Gradient.data<double>().ToArray();
        result.Loss.ShouldBe(Slow(values), 1e-9);
        double[] slopes = SlowLoss.Slopes(values, Slow);
        for (int i = 0; i < values.Length; i++) gradient[i].ShouldBe(slopes[i], 1e-7);
    }

    [Fact]
    public void Accuracy_and_entropy_equal_NT_Xents_at_the_runs_temperature()
    {
        using var scope = NewDisposeScope();
        var z = Projections();
        using var ntXent = new NtXentLoss(0.7).Compute(z);
        foreach (bool mayRead in (bool[])[true, false])
        {
            using var result = new SupervisedContrastive(Label, Temperature).Compute(new ProjectionBatch(z, Images) { Temperature = 0.7, HostMayRead = mayRead });
            (result.Top1, result.Top5).ShouldBe((ntXent.Top1, ntXent.Top5));
            result.Entropy.ShouldBe(ntXent.Entropy, 1e-9);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_rank_gets_its_rows_of_the_whole_gradient_and_all_labels(int ranks)
    {
        using var scope = NewDisposeScope();
        var z = Projections();
        using var whole = new SupervisedContrastive(Label, Temperature).Compute(new ProjectionBatch(z, Images));
        int share = N / ranks;

        var parts = ThreadRanks.Run(ranks, communicator =>
        {
            int first = communicator.Rank * share;
            using var own = z.unflatten(0, [2, N]).narrow(1, first, share).flatten(0, 1);
            return new DistributedLoss(new SupervisedContrastive(Label, Temperature), (int)own.shape[1], 0, 0.5, communicator).Compute(own, [.. Images[first..(first + share)], .. Images[(N + first)..(N + first + share)]], hostMayRead: true)!;
        });

        double[] expected = whole.Read();
        foreach (var part in parts) part.Read().ShouldBe(expected, 1e-12);
        var joined = cat([.. parts.Select(r => r.Gradient.unflatten(0, [2, -1]))], 1).flatten(0, 1);
        Golden.MaxDifference(joined, whole.Gradient).ShouldBeLessThan(1e-14);
        foreach (var part in parts) part.Dispose();
    }

    [Fact]
    public void A_value_that_is_not_a_scalar_of_the_projections_is_refused_by_name()
    {
        using var scope = NewDisposeScope();
        var z = Projections();
        void Refused(Func<Tensor, Tensor> value, string sentence) =>
            Should.Throw<InvalidDataException>(() => new Own(value).Compute(new ProjectionBatch(z, Images))).Message.ShouldBe(sentence);
        Refused(rows => rows.sum(1), "The loss 'own' gave values of shape (12), but a loss must give one value.");
        Refused(rows => rows.detach().sum(), "The loss 'own' gave a value that does not depend on the projections.");
    }

    [Fact]
    public void Only_the_result_stays_alive()
    {
        using var z = Projections();
        var loss = new SupervisedContrastive(Label, Temperature);
        loss.Compute(new ProjectionBatch(z, Images)).Dispose();
        long before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 5; i++) loss.Compute(new ProjectionBatch(z, Images)).Dispose();
        TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    private sealed class Own(Func<Tensor, Tensor> value) : AutogradLoss
    {
        public override string Name => "own";

        protected override Tensor Value(Tensor z, IReadOnlyList<int> indices) => value(z);
    }

    // Σᵢ −1/|P(i)| Σ_{p∈P(i)} log (exp(uᵢ·u_p/τ) / Σ_{a≠i} exp(uᵢ·u_a/τ)), over 2N.
    private static double Slow(double[] z)
    {
        double loss = 0;
        for (int i = 0; i < 2 * N; i++)
        {
            double all = 0, logs = 0;
            int positives = 0;
            for (int a = 0; a < 2 * N; a++)
            {
                if (a == i) continue;
                all += Math.Exp(Similarity(i, a));
                if (Label(Images[a]) != Label(Images[i])) continue;
                logs += Similarity(i, a);
                positives++;
            }
            loss -= logs / positives - Math.Log(all);
        }
        return loss / (2 * N);

        double Similarity(int i, int k)
        {
            double Dot(int a, int b) => Enumerable.Range(0, D).Sum(c => z[a * D + c] * z[b * D + c]);
            return Dot(i, k) / Math.Sqrt(Dot(i, i) * Dot(k, k)) / Temperature;
        }
    }
}
