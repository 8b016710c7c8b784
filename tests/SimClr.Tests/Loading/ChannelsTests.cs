using SimClr.Datasets;
using SimClr.Images;
using SimClr.Loading;
using SimClr.Randomness;
using SimClr.Tests.Datasets;
using SimClr.Views;

namespace SimClr.Tests.Loading;

public sealed class ChannelsTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void Loaded_views_have_the_channels_of_the_images()
    {
        temp.Write("train.npy", Npy.Images(6, 12, 10, 4));
        var data = new UnlabelledDataset(new SubsetDataset(ImageDatasets.Open(temp.Root, DatasetPart.Train), [5, 3, 1, 0]));
        var policy = new ViewPolicy();
        var preprocessing = new Preprocessing { ImageSize = 8, Mean = [0.1, 0.2, 0.3, 0.4] };
        foreach (var batch in new ViewLoader(data, policy, preprocessing, 2, seed: 1, threads: 2).Epoch(0))
        {
            using var _ = batch;
            batch.Views.shape.ShouldBe([4, 4, 8, 8]);
            float[] expected = new float[4 * 64];
            var image = data.Read(batch.Indices[1]);
            new CpuViewRenderer(policy, preprocessing, 4).Render(image, policy.Draw(10, 12, 8, new CounterRandom(1, 0, batch.Indices[1], 1)), expected);
            batch.Views[3].data<float>().ToArray().ShouldBe(expected);
        }
        Should.Throw<ArgumentOutOfRangeException>(() => new ViewLoader(data, policy, preprocessing with { Mean = [0, 0, 0] }, 2, seed: 1)).Message.ShouldContain("0 or 4 numbers");
        Should.Throw<InvalidDataException>(() => UnitedDataset.Of("both", [data, new SyntheticImages(3)])).Message.ShouldContain("cannot be used together");
    }
}
