using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

public sealed class GroupedTrainingTests
{
    private static readonly PretrainOptions Options = new()
    {
        Preprocessing = new() { ImageSize = 8 },
        Epochs = 3,
        BatchSize = 6,
        Positives = PositivesKind.Custom,
        Encoder = new ResNetOptions { Width = 0.125 },
    };

    private static readonly SyntheticImages Data = new(40);

    private static ImageGroups Thirds(IImageDataset data) => ImageGroups.By(data, i => $"{i / 3}");

    private static SimClrModel Model() => new(Options.Encoder, Options.Head, Options.ImageSize, Options.Seed);

    private static ViewLoader Loader(ImageGroups? groups, int micro = 0) => new(Data, Options.Views, Options.Preprocessing, Options.BatchSize, Options.Seed) { Groups = groups, MicroBatchSize = micro };

    [Fact]
    public void The_loss_treats_views_of_two_images_of_a_group_as_a_pair()
    {
        using var scope = NewDisposeScope();
        var groups = Thirds(Data);
        using var batch = Loader(groups).Epoch(0).First();
        batch.Indices.Zip(batch.Partners).ShouldAllBe(pair => pair.First / 3 == pair.Second / 3 && pair.First != pair.Second || pair.First == 39);
        using var beside = Model();
        beside.train();
        double[,] z = Rows(beside.call(batch.Views));

        // NT-Xent by its formula: rows i and i + N belong to one group.
        double loss = 0;
        int n = Options.BatchSize;
        for (int i = 0; i < 2 * n; i++)
        {
            double Similarity(int j) => Enumerable.Range(0, z.GetLength(1)).Sum(k => z[i, k] * z[j, k]) / Length(i) / Length(j) / Options.Temperature;
            double Length(int row) => Math.Sqrt(Enumerable.Range(0, z.GetLength(1)).Sum(k => z[row, k] * z[row, k]));
            loss += Math.Log(Enumerable.Range(0, 2 * n).Where(j => j != i).Sum(j => Math.Exp(Similarity(j)))) - Similarity((i + n) % (2 * n));
        }
        using var model = Model();
        using var pretrainer = new Pretrainer(model, Options, groups.Count);
        pretrainer.StepsPerEpoch.ShouldBe(14 / 6);
        pretrainer.Steps(Loader(groups).Epoch(0)).First().Loss.ShouldBe(loss / (2 * n), 1e-5);
    }

    private static double[,] Rows(Tensor z)
    {
        float[] values = z.detach().data<float>().ToArray();
        int columns = (int)z.shape[1];
        double[,] rows = new double[z.shape[0], columns];
        for (int i = 0; i < values.Length; i++) rows[i / columns, i % columns] = values[i];
        return rows;
    }

    [Fact]
    public void A_batch_with_the_other_kind_of_pairs_is_refused_by_name()
    {
        using var model = Model();
        using var pretrainer = new Pretrainer(model, Options, 13);
        Should.Throw<ArgumentException>(() => pretrainer.Steps(Loader(null).Epoch(0)).First()).Message.ShouldBe("The batch has pairs of one image, and Positives is Custom: give ViewLoader and Pretrainer the same options.");
        using var plain = new Pretrainer(model, Options with { Positives = PositivesKind.Views }, 40);
        Should.Throw<ArgumentException>(() => plain.Steps(Loader(Thirds(Data)).Epoch(0)).First()).Message.ShouldBe("The batch has pairs of groups, and Positives is Views: give ViewLoader and Pretrainer the same options.");
    }

    [Fact]
    public void Micro_batches_must_come_a_second_time_with_both_images()
    {
        using var model = Model();
        using var pretrainer = new Pretrainer(model, Options with { MicroBatchSize = 3 }, 13);
        var batches = Loader(Thirds(Data), micro: 3).Epoch(0).Take(4).ToList();
        batches[2] = batches[2] with { Partners = batches[2].Indices.ToList() };
        Should.Throw<ArgumentException>(() => pretrainer.Steps(batches).First()).Message.ShouldContain("does not come a second time");
        pretrainer.Steps(Loader(Thirds(Data), micro: 3).Epoch(0)).Count().ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void The_pictures_show_the_views_of_the_run(int smallCrops)
    {
        int[] damaged = [0, 1, 2, 5];
        var data = new TonedImages(30, damaged);
        var options = (Options with { Views = TonedImages.Crops, SmallCrops = new() { Count = smallCrops, ImageSize = 8 } }).For(16);
        var groups = ImageGroups.By(data, i => i == 9 ? "alone" : $"{i / 3}");
        var rows = ImageViews.Of(data, options, images: 20, pairs: 2, groups);
        rows.Count.ShouldBe(2 * 10); // eleven groups, one of which cannot be read
        var shown = new Dictionary<string, (int First, int Second)>();
        for (int epoch = 0; epoch < 2; epoch++)
        {
            using var batch = new ViewLoader(data, options.Views, options.Preprocessing, 11, options.Seed) { Groups = groups }.Epoch(epoch).First();
            for (int i = 0; i < 11; i++) shown[$"{groups.Name(groups.Of(batch.Indices[i]))}, epoch {epoch + 1}"] = (batch.Indices[i], batch.Partners[i]);
        }
        foreach (var row in rows)
        {
            int Tone(SimClr.Images.DecodedImage image) => image.Pixels.Span[0];
            var (first, second) = shown[row.Caption];
            (Tone(row.Original), Tone(row.SecondOriginal!.Value)).ShouldBe((first, second));
            (Tone(row.Pairs.Single().First), Tone(row.Pairs.Single().Second)).ShouldBe((first, second));
            row.SmallCrops.Select(Tone).ShouldBe(smallCrops == 0 ? [] : [first, second]);
        }
    }
}
