using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Loading;
using SimClr.Pretraining;
using SimClr.Randomness;
using SimClr.Rendering;
using SimClr.Tests.Datasets;
using SimClr.Tests.House;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Tests.Loading;

public sealed class AugmentationsTests
{
    private const int Size = 16;

    private static readonly Preprocessing Normalized = new() { ImageSize = Size, Mean = [0.5, 0.4, 0.3], StandardDeviation = [0.25, 0.3, 0.2] };

    private static ViewLoader Loader(
        IImageDataset data, IReadOnlyList<IAugmentation> augmentations, int threads = 1, int micro = 0, (int, int)? share = null, Device? device = null, DeviceImages? resident = null) =>
        new(data, new ViewPolicy { BlurProbability = 0.5, RotateProbability = 0.5 }, Normalized, batchSize: 6, seed: 3, threads)
        {
            Augmentations = augmentations,
            MicroBatchSize = micro,
            Share = share ?? (0, 1),
            SmallCrops = new SmallCropOptions { Count = 1, ImageSize = 8 },
            RenderOn = device,
            Resident = resident,
        };

    // (view, index) → its values. A repeated view (second pass of micro-batches, replacement of a damaged image) must have the same values;
    // with tensor operations equal up to rounding, like matrix products with another number of views.
    private static Dictionary<(int, int), float[]> Read(IEnumerable<ViewBatch> batches, float within = 0)
    {
        var views = new Dictionary<(int, int), float[]>();
        foreach (var batch in batches)
        {
            float[] pairs = MemoryMarshal.Cast<byte, float>(batch.Views.bytes).ToArray(), small = MemoryMarshal.Cast<byte, float>(batch.SmallCrops!.bytes).ToArray();
            int n = batch.Indices.Count;
            for (int row = 0; row < 2 * n; row++) Add(row / n, batch.Indices[row % n], pairs.AsSpan(row * pairs.Length / (2 * n), pairs.Length / (2 * n)));
            for (int row = 0; row < n; row++) Add(2, batch.Indices[row], small.AsSpan(row * small.Length / n, small.Length / n));
            batch.Dispose();
        }
        return views;

        void Add(int view, int index, ReadOnlySpan<float> values)
        {
            if (!views.TryAdd((view, index), values.ToArray())) ShouldBeWithin(values.ToArray(), views[(view, index)], within, (view, index));
        }
    }

    private static void ShouldBeAlike(Dictionary<(int, int), float[]> actual, Dictionary<(int, int), float[]> expected, float within)
    {
        actual.Keys.Order().ShouldBe(expected.Keys.Order());
        foreach (var (view, values) in expected) ShouldBeWithin(actual[view], values, within, view);
    }

    private static void ShouldBeWithin(float[] actual, float[] expected, float within, (int, int) view)
    {
        actual.Length.ShouldBe(expected.Length);
        actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max().ShouldBeLessThanOrEqualTo(within, $"{view}");
    }

    // The reference: a view without normalisation, cutout by its definition, pixel by pixel, then (x − mean) / deviation.
    [Fact]
    public void A_view_is_augmented_between_the_policys_steps_and_normalisation()
    {
        var data = new SyntheticImages(12);
        var actual = Read(Loader(data, [new Cutout(5)]).Epoch(2));
        var policy = new ViewPolicy { BlurProbability = 0.5, RotateProbability = 0.5 };
        int hidden = 0;
        foreach (var ((view, index), values) in actual)
        {
            int side = view < 2 ? Size : 8;
            var own = view < 2 ? policy : new SmallCropOptions { ImageSize = 8 }.Policy(policy.For(Size));
            var image = data.Read(index);
            float[] planes = new float[3 * side * side], middle = new float[2];
            var random = new CounterRandom(3, 2, index, view);
            new CpuViewRenderer(own, new() { ImageSize = side }).Render(image, own.For(side).Draw(image.Width, image.Height, side, random), planes);
            new Cutout(5).Draw(random.Beside(CounterRandom.Stream("cutout 5")), middle);
            for (int i = 0; i < planes.Length; i++)
            {
                int channel = i / (side * side), row = i / side % side, column = i % side;
                double top = Math.Floor(middle[0] * side) - 2, left = Math.Floor(middle[1] * side) - 2;
                bool inside = row >= top && row < top + 5 && column >= left && column < left + 5;
                if (inside) hidden++;
                double expected = ((inside ? 0.5 : planes[i]) - Normalized.Mean[channel]) / Normalized.StandardDeviation[channel];
                Math.Abs(values[i] - expected).ShouldBeLessThan(1e-5, $"view {view} of {index}, value {i}");
            }
        }
        hidden.ShouldBeGreaterThan(actual.Count * 3 * 10); // of 25 pixels, because some squares lie partly outside
    }

    [Fact]
    public void Threads_ranks_micro_batches_and_a_resume_change_no_byte()
    {
        var data = new SyntheticImages(20, 4, 7);
        IAugmentation[] own = [new Cutout(5), new Noise()];
        var expected = Read(Loader(data, own).Epoch(1));
        ShouldBeAlike(Read(Loader(data, own, threads: 4).Epoch(1)), expected, 0);
        ShouldBeAlike(Read(Loader(data, own, threads: 3, micro: 2).Epoch(1)), expected, 0);
        ShouldBeAlike(Read(Enumerable.Range(0, 3).SelectMany(rank => Loader(data, own, share: (rank, 3)).Epoch(1))), expected, 0);
        ShouldBeAlike(Read(Loader(data, own, threads: 2).Epoch(1).Take(1).Concat(Loader(data, own).Epoch(1, skip: 1))), expected, 0);
        ShouldBeAlike(Read(Loader(data, own, device: CPU).Epoch(1), 1e-5f), Read(Loader(data, own, device: CPU, threads: 4).Epoch(1), 1e-5f), 0);
    }

    [Fact]
    public void Both_forms_of_an_augmentation_give_the_same_views_from_files_and_memory()
    {
        var data = new SyntheticImages(20, 4, 7);
        IAugmentation[] own = [new Noise(), new Cutout(6)];
        var expected = Read(Loader(data, own).Epoch(1));
        ShouldBeAlike(Read(Loader(data, own, device: CPU, threads: 2, micro: 2).Epoch(1), 1e-5f), expected, 1e-4f);
        using var resident = DeviceImages.Load(data, CPU, 1 << 20, threads: 2)!;
        ShouldBeAlike(Read(Loader(data, own, device: CPU, resident: resident).Epoch(1), 1e-5f), expected, 1e-4f);
    }

    [Fact]
    public void An_empty_augmentation_changes_no_byte_and_each_name_has_its_own_stream()
    {
        var data = new SyntheticImages(12);
        var plain = Read(Loader(data, []).Epoch(0));
        ShouldBeAlike(Read(Loader(data, [new Step("nothing", (_, _) => { })]).Epoch(0)), plain, 0);

        double[] Drawn(string name) => [.. Numbers(Loader(data, [new Step(name, (planes, numbers) => planes[0] = numbers[0])]))];
        double[] first = Drawn("first"), second = Drawn("second");
        first.Intersect(second).ShouldBeEmpty();
        first.Distinct().Count().ShouldBe(36); // 12 images, two views and a small crop of each
        Drawn("first").ShouldBe(first);
        // nor the number of the view
        Enumerable.Range(0, 12).Select(image => Math.Round(new CounterRandom(3, 0, image, 0).NextDouble(), 6)).Intersect(first).ShouldBeEmpty();

        IEnumerable<double> Numbers(ViewLoader loader) => Read(loader.Epoch(0)).OrderBy(view => view.Key).Select(view => Math.Round(view.Value[0] * 0.25 + 0.5, 6));
    }

    [Fact]
    public void An_exception_in_an_augmentation_reaches_the_caller_with_its_stack()
    {
        static void Fail() => throw new InvalidDataException("the horse is dead");
        var e = Should.Throw<InvalidDataException>(() => Read(Loader(new SyntheticImages(12), [new Step("mine", (_, _) => Fail())], threads: 2).Epoch(0)));
        e.Message.ShouldBe("the horse is dead"); // and the image does not count as damaged
        e.StackTrace!.ShouldContain(nameof(Fail));
    }

    [Fact]
    public void Augmentations_that_cannot_work_are_refused_by_name()
    {
        var data = new SyntheticImages(12);
        IAugmentation step = new Step("mine", (_, _) => { });
        Should.Throw<ArgumentException>(() => Loader(data, [step, new Cutout(3), new Step("mine", (_, _) => { })])).Message.ShouldContain("Two augmentations have the name 'mine'");
        Should.Throw<ArgumentException>(() => Loader(data, [new Step(" ", (_, _) => { })])).Message.ShouldContain("has no name");
        Should.Throw<ConfigurationException>(() => Loader(data, [new Cutout(3), step], device: CPU).Epoch(0)).Message.ShouldStartWith("The augmentation 'mine' has no tensor form (ITensorAugmentation), so views cannot be rendered on cpu");
        Should.Throw<InvalidOperationException>(() => Read(Loader(data, [new Noise { Halves = true }], device: CPU).Epoch(0))).Message.ShouldContain("The augmentation 'noise' made (");
    }

    [Fact]
    public void The_pictures_of_views_show_the_augmentations()
    {
        var options = new PretrainOptions { Preprocessing = Normalized, Views = new ViewPolicy { BlurProbability = 0 } }.For(Size);
        IAugmentation[] red = [new Step("red", (planes, _) => planes[..(planes.Length / 3)].Fill(1))];
        var pixels = ImageViews.Of(new SyntheticImages(12), options, images: 1, pairs: 1, augmentations: red)[0].Pairs[0].Second.Pixels.ToArray();
        pixels.Chunk(3).ShouldAllBe(pixel => pixel[0] == 255);
        pixels.Chunk(3).ShouldContain(pixel => pixel[1] != 255);
    }

    [Fact]
    public void The_cutout_of_the_sample_is_the_tested_one()
    {
        string[] sample = File.ReadAllLines(Path.Combine(ArrowsTests.RepositoryRoot(), "samples", "OwnAugmentation.cs"));
        string[] here = File.ReadAllLines(Path.Combine(ArrowsTests.RepositoryRoot(), "tests", "SimClr.Tests", "Loading", "Cutout.cs"));
        static IEnumerable<string> Class(string[] lines) => lines.SkipWhile(line => !line.StartsWith("internal sealed class Cutout", StringComparison.Ordinal));
        Class(here).ShouldBe(Class(sample));
        Class(here).Count().ShouldBeGreaterThan(20);
    }

    // One random number, and an operation on the planes with it.
    private sealed class Step(string name, Step.Change change) : IAugmentation
    {
        internal delegate void Change(Span<float> planes, ReadOnlySpan<float> numbers);

        public string Name => name;

        public int Numbers => 1;

        public void Draw(CounterRandom random, Span<float> numbers) => numbers[0] = (float)random.NextDouble();

        public void Apply(Span<float> planes, int channels, int side, ReadOnlySpan<float> numbers) => change(planes, numbers);
    }

    // Adds a random number to every channel; in place if the image is a tensor.
    private sealed class Noise : ITensorAugmentation
    {
        public bool Halves { get; init; }

        public string Name => "noise";

        public int Numbers => 3;

        public void Draw(CounterRandom random, Span<float> numbers)
        {
            for (int i = 0; i < numbers.Length; i++) numbers[i] = (float)random.Uniform(-0.1, 0.1);
        }

        public void Apply(Span<float> planes, int channels, int side, ReadOnlySpan<float> numbers)
        {
            for (int i = 0; i < planes.Length; i++) planes[i] += numbers[i / (side * side)];
        }

        public Tensor Apply(Tensor views, Tensor numbers) => Halves ? views.narrow(0, 0, 1) : views.add_(numbers.reshape(-1, 3, 1, 1));
    }
}
