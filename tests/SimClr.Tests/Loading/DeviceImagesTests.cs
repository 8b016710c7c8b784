using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Tests.Datasets;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Tests.Loading;

public sealed class DeviceImagesTests
{
    private static ViewLoader Loader(IImageDataset data, Device? device = null, DeviceImages? resident = null, int threads = 1, int micro = 0, int small = 0, int views = 2) =>
        new(data, new ViewPolicy { BlurProbability = 0.5, VerticalFlipProbability = 0.5, RotateProbability = 0.75 }, new() { ImageSize = 12 }, 4, seed: 3, threads)
        {
            RenderOn = device,
            Resident = resident,
            MicroBatchSize = micro,
            ViewsPerImage = views,
            SmallCrops = new SmallCropOptions { Count = small, ImageSize = 8 },
        };

    [Theory]
    [InlineData(0, 0, 2)]
    [InlineData(3, 0, 2)]
    [InlineData(0, 2, 2)]
    [InlineData(0, 2, 1)]
    public void Batches_from_memory_and_from_files_equal_the_CPU_renderers(int micro, int small, int views)
    {
        var data = new SyntheticImages(40, 4, 7, 8, 21);
        using var resident = DeviceImages.Load(data, CPU, 1 << 20, threads: 2)!;
        resident.BadImages.Select(b => b.Index).ShouldBe([7, 8, 21]);
        foreach (var loader in new[] { Loader(data, CPU, threads: 3, micro: micro, small: small, views: views), Loader(data, CPU, resident, micro: micro, small: small, views: views) })
        {
            using var expected = Loader(data, micro: micro, small: small, views: views).Epoch(1).GetEnumerator();
            int batches = 0;
            foreach (var batch in loader.Epoch(1))
            {
                expected.MoveNext().ShouldBeTrue();
                batch.Indices.ShouldBe(expected.Current.Indices);
                batch.Views.shape[0].ShouldBe(views * batch.Indices.Count);
                using (NewDisposeScope()) (batch.Views - expected.Current.Views).abs().max().item<float>().ShouldBeLessThan(1e-4f);
                if (small > 0)
                {
                    using (NewDisposeScope()) (batch.SmallCrops! - expected.Current.SmallCrops!).abs().max().item<float>().ShouldBeLessThan(1e-4f);
                }
                batch.Dispose();
                expected.Current.Dispose();
                batches++;
            }
            batches.ShouldBe(micro == 0 ? 10 : 40);
        }
    }

    [Fact]
    public void A_damaged_image_ends_the_run_if_the_policy_is_to_fail()
    {
        var data = new SyntheticImages(20, 4, 5);
        Should.Throw<InvalidDataException>(() => new ViewLoader(data, new ViewPolicy(), new() { ImageSize = 8 }, 4, seed: 3, threads: 2, BadImagePolicy.Fail) { RenderOn = CPU }.Epoch(0).ToList()).Message.ShouldContain("image 5");
        Should.Throw<Exception>(() => DeviceImages.Load(data, CPU, 1 << 20, threads: 2, BadImagePolicy.Fail)).ToString().ShouldContain("image 5 is damaged");
        Should.Throw<InvalidDataException>(() => DeviceImages.Load(new SyntheticImages(2, 4, 0, 1), CPU, 1 << 20, threads: 2)).Message.ShouldContain("None of the 2 images");
    }

    [Fact]
    public void Images_that_do_not_fit_into_memory_are_not_loaded()
    {
        var data = new CountedImages(new SyntheticImages(1000));
        DeviceImages.Load(data, CPU, 10_000, threads: 2).ShouldBeNull();
    }
}
