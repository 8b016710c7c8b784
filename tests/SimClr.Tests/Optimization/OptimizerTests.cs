using SimClr.Models;
using SimClr.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Optimization;

/// <summary>The guarantees of every optimizer.</summary>
public sealed class OptimizerTests
{
    public static TheoryData<OptimizerKind> Kinds => [.. Enum.GetValues<OptimizerKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_saved_state_continues_bit_for_bit(OptimizerKind kind)
    {
        var options = new OptimizerOptions { Kind = kind };
        using var whole = new ToyParameters(7, ScalarType.Float32, [5, 3, 3, 3], [5], [4, 5]);
        using var optimizer = options.Create(whole.Named);
        Run(whole, optimizer, 0, 5);
        var saved = optimizer.State.ToDictionary(s => s.Key, s => s.Value.clone());

        using var resumed = Copy(whole);
        using var forgetful = Copy(whole);
        using var second = options.Create(resumed.Named);
        using var third = options.Create(forgetful.Named);
        second.LoadState(saved);
        foreach (var tensor in saved.Values) tensor.Dispose();
        foreach (var (toy, it) in new[] { (whole, optimizer), (resumed, second), (forgetful, third) }) Run(toy, it, 5, 10);

        resumed.WeightBytes().ShouldBe(whole.WeightBytes());
        forgetful.WeightBytes().ShouldNotBe(whole.WeightBytes());
        foreach (var (name, tensor) in optimizer.State) second.State[name].bytes.ToArray().ShouldBe(tensor.bytes.ToArray(), name);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_number_of_tensors_is_constant_over_two_hundred_steps(OptimizerKind kind)
    {
        using var toy = new ToyParameters(8, ScalarType.Float32, [4, 3], [4]);
        using var optimizer = new OptimizerOptions { Kind = kind, WeightDecay = 0.01, Nesterov = true }.Create(toy.Named);
        using var x = randn(6, 3);
        Train();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int step = 0; step < 200; step++) Train();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);

        void Train()
        {
            using (NewDisposeScope()) (x.mm(toy[0].t()) + toy[1]).pow(2).sum().backward();
            optimizer.Step(0.001);
            optimizer.ZeroGradients();
        }
    }

    public static TheoryData<OptimizerKind, bool, bool> Variants =>
        [.. from kind in Enum.GetValues<OptimizerKind>() from nesterov in new[] { false, true } from exclude in new[] { false, true } select (kind, nesterov, exclude)];

    // Float32 in one dense order uses loops over memory; float64, and gradients in another order, use libtorch's operations.
    [Theory]
    [MemberData(nameof(Variants))]
    public void Loops_over_memory_and_operations_on_tensors_take_the_same_steps(OptimizerKind kind, bool nesterov, bool exclude)
    {
        long[][] shapes = [[130, 70], [9], [6, 4, 3, 3], [5, 8, 1, 1], []]; // the first is larger than one piece
        var options = new OptimizerOptions { Kind = kind, Nesterov = nesterov, WeightDecay = 0.03, ExcludeNormAndBias = exclude };
        using ToyParameters loops = new(16, ScalarType.Float32, shapes), operations = new(16, ScalarType.Float32, shapes), exact = new(16, ScalarType.Float64, shapes);
        ChannelsLast.Restride(loops[2]);
        using IOptimizer first = options.Create(loops.Named), second = options.Create(operations.Named), third = options.Create(exact.Named);
        for (int step = 0; step < 8; step++)
        {
            using var scope = NewDisposeScope();
            foreach (var toy in new[] { loops, operations, exact }) toy.DrawGradients();
            loops[2].grad = ChannelsLast.Of(loops[2].grad!);
            operations[0].grad = operations[0].grad!.t().contiguous().t();
            double rate = 0.1 / (1 + step % 3);
            foreach (var optimizer in new[] { first, second, third }) optimizer.Step(rate);
        }
        for (int p = 0; p < shapes.Length; p++)
        {
            loops.Weights()[p].ShouldBeCloseTo(exact.Weights()[p], 2e-6);
            operations.Weights()[p].ShouldBeCloseTo(exact.Weights()[p], 2e-6);
        }
        foreach (var (name, tensor) in first.State) ToyParameters.Values(tensor).ShouldBeCloseTo(ToyParameters.Values(third.State[name]), 2e-6);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_number_of_threads_takes_the_same_step_bit_for_bit(OptimizerKind kind)
    {
        int threads = get_num_threads();
        try
        {
            var bytes = new[] { 1, 2 }.Select(n =>
            {
                set_num_threads(n);
                using var toy = new ToyParameters(17, ScalarType.Float32, [300, 200], [7]);
                using var optimizer = new OptimizerOptions { Kind = kind, WeightDecay = 0.01 }.Create(toy.Named);
                for (int step = 0; step < 3; step++)
                {
                    toy.DrawGradients();
                    optimizer.Step(0.1);
                }
                return toy.WeightBytes();
            }).ToList();
            bytes[1].ShouldBe(bytes[0]);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_state_outlives_its_dispose_scope_and_is_freed_with_its_owner(OptimizerKind kind)
    {
        using var toy = new ToyParameters(9, ScalarType.Float32, [2, 2]);
        IOptimizer optimizer;
        using (NewDisposeScope()) optimizer = new OptimizerOptions { Kind = kind }.Create(toy.Named);
        toy.DrawGradients();
        optimizer.Step(0.1);
        var tensors = optimizer.State.Values.ToList();
        tensors.ShouldNotBeEmpty();
        tensors.ShouldAllBe(t => !t.IsInvalid);
        optimizer.Dispose();
        tensors.ShouldAllBe(t => t.IsInvalid);
        toy[0].IsInvalid.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Biases_and_batch_normalisation_are_not_decayed_by_default(OptimizerKind kind)
    {
        foreach (bool exclude in new[] { true, false })
        {
            // Without a gradient only the decay moves a weight.
            using var toy = new ToyParameters(10, ScalarType.Float64, [2, 3], [3], []);
            using var optimizer = new OptimizerOptions { Kind = kind, WeightDecay = 0.1, ExcludeNormAndBias = exclude }.Create(toy.Named);
            toy.SetGradient(0, new double[6]);
            toy.SetGradient(1, new double[3]);
            toy.SetGradient(2, 0);
            var before = toy.Weights();
            optimizer.Step(0.5);
            var after = toy.Weights();
            after[0].ShouldNotBe(before[0]);
            after[1].SequenceEqual(before[1]).ShouldBe(exclude);
            after[2].SequenceEqual(before[2]).ShouldBe(exclude);
        }
    }

    [Fact]
    public void Biases_and_batch_normalisation_are_not_adapted_by_Lars_by_default()
    {
        foreach (bool exclude in new[] { true, false })
        {
            using var toy = new ToyParameters(11, ScalarType.Float64, [3]);
            using var lars = new Lars(toy.Named, new OptimizerOptions { WeightDecay = 0, ExcludeNormAndBias = exclude });
            var w = toy.Weights()[0];
            var g = toy.DrawGradients()[0];
            double r = exclude ? 1 : 0.001 * Math.Sqrt(w.Sum(x => x * x) / g.Sum(x => x * x));
            lars.Step(0.5);
            toy.Weights()[0].ShouldBeCloseTo([.. w.Zip(g, (x, y) => x - 0.5 * r * y)], 1e-14);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_parameter_without_gradient_does_not_change_and_does_not_affect_the_others(OptimizerKind kind)
    {
        var options = new OptimizerOptions { Kind = kind, WeightDecay = 0.1, ExcludeNormAndBias = false };
        using ToyParameters both = new(12, ScalarType.Float32, [2, 2], [2]), one = new(12, ScalarType.Float32, [2, 2]);
        using IOptimizer optimizer = options.Create(both.Named), alone = options.Create(one.Named);
        byte[][] before = [.. both.Named.Select(p => p.Parameter.bytes.ToArray())];
        for (int step = 0; step < 3; step++)
        {
            both.SetGradient(0, 1, 2, 3, 4);
            one.SetGradient(0, 1, 2, 3, 4);
            optimizer.Step(0.1);
            alone.Step(0.1);
        }
        both.Named.First().Parameter.bytes.ToArray().ShouldBe(one.Named.First().Parameter.bytes.ToArray());
        both.Named.First().Parameter.bytes.ToArray().ShouldNotBe(before[0]);
        both.Named.Last().Parameter.bytes.ToArray().ShouldBe(before[1]);
        optimizer.State.Where(t => t.Key.EndsWith(both.Named.Last().Name, StringComparison.Ordinal)).ShouldAllBe(t => t.Value.count_nonzero().item<long>() == 0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_step_without_gradients_or_with_a_bad_rate_changes_nothing(OptimizerKind kind)
    {
        using var toy = new ToyParameters(12, ScalarType.Float32, [2, 2], [2]);
        using var optimizer = new OptimizerOptions { Kind = kind }.Create(toy.Named);
        var (before, state) = (toy.WeightBytes(), Bytes(optimizer));
        Should.Throw<InvalidOperationException>(() => optimizer.Step(0.1)).Message.ShouldContain("layer0.weight");
        foreach (double rate in new[] { -0.1, double.NaN, double.PositiveInfinity })
        {
            toy.DrawGradients();
            Should.Throw<ArgumentOutOfRangeException>(() => optimizer.Step(rate)).ActualValue.ShouldBe(rate);
        }
        toy.WeightBytes().ShouldBe(before);
        Bytes(optimizer).ShouldBe(state);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_step_does_not_change_the_gradients_and_zeroing_frees_them(OptimizerKind kind)
    {
        using var toy = new ToyParameters(13, ScalarType.Float64, [2, 2], [2]);
        using var optimizer = new OptimizerOptions { Kind = kind, WeightDecay = 0.1, Nesterov = true }.Create(toy.Named);
        var drawn = toy.DrawGradients();
        optimizer.Step(0.1);
        for (int p = 0; p < 2; p++)
        {
            using var gradient = toy[p].grad;
            ToyParameters.Values(gradient!).ShouldBe(drawn[p]);
        }
        optimizer.ZeroGradients();
        for (int p = 0; p < 2; p++) toy[p].grad.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_state_that_does_not_fit_is_refused_without_any_change(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyParameters(14, ScalarType.Float32, [2, 2], [2]);
        using var optimizer = new OptimizerOptions { Kind = kind }.Create(toy.Named);
        toy.DrawGradients();
        optimizer.Step(0.1);
        var before = Bytes(optimizer);
        string last = optimizer.State.Keys.Last(k => k != "step");

        Refused(s => s.Remove(last)).ShouldContain(last);
        Refused(s => s["momentum.head.weight"] = zeros(2)).ShouldContain("momentum.head.weight");
        Refused(s => s[last] = zeros(3)).ShouldSatisfyAllConditions(m => m.ShouldContain(last), m => m.ShouldContain("(3)"), m => m.ShouldContain("(2)"));
        Refused(s => s[last] = zeros(2, dtype: ScalarType.Float64)).ShouldContain("Float64");
        Bytes(optimizer).ShouldBe(before);

        string Refused(Action<Dictionary<string, Tensor>> damage)
        {
            var state = optimizer.State.ToDictionary(s => s.Key, s => zeros_like(s.Value));
            damage(state);
            return Should.Throw<InvalidDataException>(() => optimizer.LoadState(state)).Message;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_parameters_or_a_duplicate_name_is_refused(OptimizerKind kind)
    {
        using var toy = new ToyParameters(15, ScalarType.Float32, [2]);
        var options = new OptimizerOptions { Kind = kind };
        Should.Throw<ArgumentException>(() => options.Create([]));
        Should.Throw<ArgumentException>(() => options.Create([.. toy.Named, .. toy.Named])).Message.ShouldContain("layer0.weight");
    }

    private static byte[][] Bytes(IOptimizer optimizer) => [.. optimizer.State.Values.Select(t => t.bytes.ToArray())];

    private static ToyParameters Copy(ToyParameters toy)
    {
        var copy = new ToyParameters(0, ScalarType.Float32, [.. toy.Named.Select(n => n.Parameter.shape)]);
        using (no_grad())
        {
            for (int p = 0; p < toy.Named.Count; p++) copy[p].copy_(toy[p]);
        }
        return copy;
    }

    // Gradients that depend on the weights, and a rate that depends on the step.
    private static void Run(ToyParameters toy, IOptimizer optimizer, int from, int to)
    {
        for (int step = from; step < to; step++)
        {
            using var scope = NewDisposeScope();
            foreach (var (_, parameter) in toy.Named) ((parameter - step).sin() * parameter).sum().backward();
            optimizer.Step(0.1 / (1 + step));
            optimizer.ZeroGradients();
        }
    }
}
