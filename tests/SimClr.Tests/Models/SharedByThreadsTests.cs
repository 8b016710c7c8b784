using System.Collections.Concurrent;
using SimClr.Evaluation;
using SimClr.Loading;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Randomness;
using SimClr.Rendering;
using SimClr.Tests.Datasets;
using SimClr.Tests.Weights;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

/// <summary>
/// Classes documented as thread-safe, used by all threads at once with different work. Every result equals that of a single thread.
/// </summary>
public sealed class SharedByThreadsTests
{
    private const int Threads = 4, Rounds = 12;

    // In threads that start together; the work differs in every thread and round.
    private static void AllAtOnce(int kinds, Func<int, float[]> work)
    {
        float[][] alone = [.. Enumerable.Range(0, kinds).Select(work)];
        var wrong = new ConcurrentQueue<string>();
        using var start = new Barrier(Threads);
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            start.SignalAndWait();
            for (int round = 0; round < Rounds; round++)
            {
                int kind = (thread + round) % kinds;
                try
                {
                    if (!work(kind).SequenceEqual(alone[kind])) wrong.Enqueue($"thread {thread}, round {round}: other numbers");
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    wrong.Enqueue($"thread {thread}, round {round}: {e.Message}");
                }
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        wrong.ShouldBeEmpty();
    }

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed, CPU);
        return randn(shape, generator: generator);
    }

    private static float[] Numbers(Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return compute().to(float32).contiguous().data<float>().ToArray();
    }

    [Theory]
    [InlineData(ResNetDepth.Resnet18, false)]
    [InlineData(ResNetDepth.Resnet50, true)]
    public void Encoders_take_images_of_several_sizes(ResNetDepth depth, bool selective)
    {
        using var scope = NewDisposeScope();
        // The last layer sees 1 × 1, 2 × 2, 4 × 4 and 1 × 2 pixels: each path of a dense convolution.
        Tensor[] images = [Random(1, 3, 3, 8, 8), Random(2, 2, 3, 16, 16), Random(3, 2, 3, 32, 32), Random(4, 3, 3, 8, 16)];
        using var encoder = OnnxTrial.Build(new ResNetOptions { Arch = depth, Width = 0.5, Stem = Stem.Small, SelectiveKernels = selective }, 32);
        using var folded = encoder.Fold();
        AllAtOnce(images.Length, i => Numbers(() => folded.Forward(images[i])));
        AllAtOnce(images.Length, i => Numbers(() => encoder.call(images[i])));
    }

    [Fact]
    public void Losses_neighbours_and_classifiers_are_thread_safe()
    {
        using var scope = NewDisposeScope();
        using var train = new Features(Random(1, 90, 12), arange(90, ScalarType.Int64).remainder(3));
        Tensor[] queries = [.. Enumerable.Range(1, 3).Select(i => Random((ulong)i, 17 * i, 12))];
        using var knn = new KnnClassifier(train);
        using var neighbours = new NearestNeighbours(train.Values);
        using var regression = new SoftmaxRegression(train);
        using var fit = regression.Fit(0.1);
        using var linear = LinearProbe.Fit(train).Classifier;
        var loss = new NtXentLoss(0.3);
        AllAtOnce(3, i => Numbers(() => cat([.. knn.Score(queries[i]).Select(s => s.ClassScores)])));
        AllAtOnce(3, i => Numbers(() => neighbours.Find(queries[i], 5).Cosines));
        AllAtOnce(3, i => Numbers(() => fit.Score(queries[i])));
        AllAtOnce(3, i => Numbers(() => linear.Score(queries[i])));
        AllAtOnce(3, i => Numbers(() => regression.Fit(Math.Pow(10, -i)).Parameters));
        AllAtOnce(3, i => Numbers(() => loss.Compute(queries[i].narrow(0, 0, 16 * (i + 1))).Gradient));
    }

    [Fact]
    public void Reading_images_is_thread_safe()
    {
        var data = new SyntheticImages(40);
        using var encoder = OnnxTrial.Build(new ResNetOptions { Width = 0.125, Stem = Stem.Small }, 16);
        var features = new FeatureExtractor(data);
        AllAtOnce(2, i => Numbers(() => features.Encode(encoder, new() { ImageSize = 16 * (i + 1) }, CPU).Values));

        var loader = new ViewLoader(data, new ViewPolicy(), new() { ImageSize = 16 }, 8, seed: 3);
        AllAtOnce(3, epoch =>
        {
            var pixels = new List<float>();
            foreach (var batch in loader.Epoch(epoch))
            {
                using (batch) pixels.AddRange(batch.Views.data<float>().ToArray());
            }
            return [.. pixels];
        });
    }

    [Fact]
    public void The_tensor_renderer_is_thread_safe()
    {
        using var scope = NewDisposeScope();
        var policy = new ViewPolicy();
        var renderer = new TensorViewRenderer(policy, new() { ImageSize = 16 });
        using var packed = new PackedImages(Random(5, 40 * 30 * 3).mul(40).add(128).clamp(0, 255).to(ScalarType.Byte), [new PackedImages.Place(0, 40, 30)]);
        AllAtOnce(4, i => Numbers(() => renderer.Render(packed, [0], [policy.Draw(40, 30, 16, new CounterRandom(1, 0, 0, i))])));
    }
}
