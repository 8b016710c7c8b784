using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using SimClr.Pretraining;

namespace SimClr.Tests.Encoders;

public sealed class EmbeddingTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly BuiltInImages images = new(DatasetPart.Test, count: 24);
    private readonly TrainedEncoder encoder;

    public EmbeddingTests()
    {
        var options = new PretrainOptions { Preprocessing = new() { ImageSize = 24 }, BatchSize = 8, Encoder = new ResNetOptions { Width = 0.0625 } };
        using var model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, seed: 1);
        using var pretrainer = new Pretrainer(model, options, images.Count);
        encoder = TrainedEncoder.From(pretrainer);
    }

    public void Dispose()
    {
        encoder.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_file_a_stream_bytes_and_pixels_give_the_row_of_the_data_set()
    {
        using var rows = encoder.Embed(images);
        (rows.Count, rows.Dimensions).ShouldBe((24, encoder.Dimensions));
        rows.Labels.data<long>().ToArray().ShouldBe(Enumerable.Range(0, 24).Select(i => (long)images.Label(i)));
        float[] all = rows.Values.data<float>().ToArray();
        for (int i = 0; i < 3; i++)
        {
            byte[] png = ImageEncoder.Png(images.Read(i));
            File.WriteAllBytes(folder.At($"{i}.png"), png);
            float[] h = encoder.Embed(folder.At($"{i}.png"));
            using var stream = new MemoryStream(png);
            encoder.Embed(stream).ShouldBe(h);
            encoder.Embed(png).ShouldBe(h);
            encoder.Embed(images.Read(i)).ShouldBe(h);
            float scale = h.Max(Math.Abs);
            // another batch size rounds differently
            h.Zip(all.Skip(i * h.Length), (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * scale);
        }
    }

    [Fact]
    public void Sixteen_threads_at_once_get_what_one_gets()
    {
        float[][] one = [.. Enumerable.Range(0, 24).Select(i => encoder.Embed(images.Read(i)))];
        var wrong = new System.Collections.Concurrent.ConcurrentBag<int>();
        Thread[] threads = [.. Enumerable.Range(0, 16).Select(thread => new Thread(() =>
        {
            for (int k = 0; k < 48; k++)
            {
                int i = (7 * thread + k) % 24;
                if (!encoder.Embed(images.Read(i)).SequenceEqual(one[i])) wrong.Add(i);
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void A_file_that_is_no_image_or_has_other_channels_is_refused_by_name()
    {
        Should.Throw<InvalidDataException>(() => encoder.Embed("no image"u8, "upload 7")).Message.ShouldContain("upload 7");
        var bands = DecodedImage.Of<byte>(new byte[5 * 16], 4, 4, 5);
        Should.Throw<InvalidDataException>(() => encoder.Embed(bands, "scan")).Message.ShouldBe("The images of scan have 5 channels, and the encoder takes 3 (encoder.channels).");
        Should.Throw<FileNotFoundException>(() => encoder.Embed(folder.At("missing.png")));
    }
}
