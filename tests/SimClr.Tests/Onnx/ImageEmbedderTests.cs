using SimClr.Datasets;
using SimClr.Images;
using SimClr.Onnx;
using SkiaSharp;

namespace SimClr.Tests.Onnx;

public sealed class ImageEmbedderTests
{
    private const double Rounding = 1e-5;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_a_stream_bytes_and_pixels_give_the_encoders_vector(bool included)
    {
        using var encoder = new EncoderFile(included);
        using var embedder = encoder.Load();
        (embedder.Dimensions, embedder.Recipe, embedder.Classes.Count).ShouldBe((32, "epochs: 3\n", 0));
        (embedder.Preprocessing.ImageSize, embedder.Preprocessing.Interpolation).ShouldBe((40, Interpolation.Bicubic));
        foreach (var (width, height, format) in new[] { (70, 50, SKEncodedImageFormat.Png), (33, 90, SKEncodedImageFormat.Jpeg), (40, 40, SKEncodedImageFormat.Webp) })
        {
            string file = encoder.Image("a.image", width, height, format: format);
            float[] expected = encoder.Expected(file), h = embedder.Embed(file);
            EncoderFile.Difference(h, expected).ShouldBeLessThan(Rounding);
            embedder.Embed(File.ReadAllBytes(file)).ShouldBe(h);
            using (var stream = File.OpenRead(file)) embedder.Embed(stream).ShouldBe(h);
            embedder.Embed(ImageDecoder.Read(file)).ShouldBe(h);
        }
    }

    [Fact]
    public async Task A_stream_that_is_only_read_asynchronously_gives_the_same_vector()
    {
        var stop = TestContext.Current.CancellationToken;
        using var encoder = new EncoderFile();
        using var embedder = encoder.Load();
        string file = encoder.Image("a.png", 70, 50);
        (await embedder.EmbedAsync(new Body(await File.ReadAllBytesAsync(file, stop)), "upload", stop)).ShouldBe(embedder.Embed(file));
        (await Should.ThrowAsync<InvalidDataException>(embedder.EmbedAsync(new Body([1, 2, 3]), "upload", stop))).Message.ShouldContain("upload");
        using var ended = new CancellationTokenSource();
        await ended.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(embedder.EmbedAsync(new Body([1, 2, 3]), "upload", ended.Token));
    }

    // The body of a request.
    private sealed class Body(byte[] bytes) : MemoryStream(bytes)
    {
        private readonly MemoryStream inner = new(bytes);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous operations are disallowed.");

        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("Synchronous operations are disallowed.");

        public override void CopyTo(Stream destination, int bufferSize) => throw new InvalidOperationException("Synchronous operations are disallowed.");
    }

    [Fact]
    public async Task Entries_that_are_no_paths_stop_nothing()
    {
        using var encoder = new EncoderFile();
        using var embedder = encoder.Load();
        string file = encoder.Image("a.png", 70, 50);
        var all = new List<EmbeddedImage>();
        await foreach (var image in embedder.EmbedAsync([file, "", "a\0b.png", "nope.png", file], TestContext.Current.CancellationToken)) all.Add(image);
        all.Select(image => image.Error is null).ShouldBe([true, false, false, false, true]);
        all[1].Error!.Message.ShouldStartWith("'': ");
        all[2].Error!.Message.ShouldStartWith("'a");
        Should.Throw<InvalidDataException>(() => embedder.Embed(""));
    }

    public static TheoryData<bool, PixelType, double[]> Ranges => new()
    {
        { false, PixelType.UInt16, [1000, 4000] }, { true, PixelType.UInt16, [1000, 4000] }, { true, PixelType.UInt16, [] },
        { false, PixelType.Float32, [-1.5, 2.5] }, { true, PixelType.Float32, [-1.5, 2.5] }, { true, PixelType.UInt8, [20, 200] },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Values_of_every_type_and_range_give_the_encoders_vector(bool included, PixelType type, double[] range)
    {
        using var encoder = new EncoderFile(included, change: p => p with { ValueRange = range, ValueType = type });
        using var embedder = encoder.Load();
        (embedder.Preprocessing.ValueType, embedder.Preprocessing.ValueRange.SequenceEqual(range)).ShouldBe((type, true));
        var random = new Random(3);
        var image = type switch
        {
            PixelType.UInt8 => DecodedImage.Of<byte>([.. Enumerable.Range(0, 70 * 50 * 3).Select(_ => (byte)random.Next(256))], 70, 50),
            PixelType.UInt16 => DecodedImage.Of<ushort>([.. Enumerable.Range(0, 70 * 50 * 3).Select(_ => (ushort)random.Next(range.Length > 0 ? 5000 : 65536))], 70, 50),
            _ => DecodedImage.Of<float>([float.NaN, .. Enumerable.Range(1, 70 * 50 * 3 - 1).Select(_ => random.NextSingle() * 6 - 3)], 70, 50),
        };
        EncoderFile.Difference(embedder.Embed(image), encoder.Expected(image)).ShouldBeLessThan(Rounding);
        if (range.Length == 0 || type == PixelType.UInt8) return;
        string refused = Should.Throw<InvalidDataException>(() => embedder.Embed(DecodedImage.Of<byte>(new byte[12], 2, 2))).Message;
        refused.ShouldContain("(preprocessing.value-range) is for images of ");
    }

    [Fact]
    public void An_encoder_of_one_channel_takes_colour_images_as_gray_ones()
    {
        using var encoder = new EncoderFile(channels: 1);
        using var embedder = encoder.Load();
        var image = ImageDecoder.Read(encoder.Image("a.png", 50, 60));
        byte[] gray = [.. image.Pixels.ToArray().Chunk(3).Select(p => (byte)Math.Round(0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]))];
        float[] expected = encoder.Expected(new DecodedImage(gray, 50, 60, 1));
        EncoderFile.Difference(embedder.Embed(image), expected).ShouldBeLessThan(0.01); // Pillow's rounding of the weights
        EncoderFile.Difference(embedder.Embed(new DecodedImage(gray, 50, 60, 1)), expected).ShouldBeLessThan(Rounding);
        Should.Throw<InvalidDataException>(() => embedder.Embed(new DecodedImage(new byte[50 * 60 * 2], 50, 60, 2), "two")).Message
            .ShouldBe("The images of two have 2 channels, and the encoder takes 1 (encoder.channels).");
    }

    [Fact]
    public void Classes_are_named_and_ranked_by_the_softmax_of_their_logits()
    {
        using var encoder = new EncoderFile(classifier: true);
        using var embedder = encoder.Load();
        embedder.Classes.ShouldBe(EncoderFile.Classes);
        string file = encoder.Image("a.png", 70, 50);
        var ranked = embedder.Classify(file);
        ranked.Select(entry => entry.Name).Order().ShouldBe(EncoderFile.Classes);
        ranked.Select(entry => entry.Probability).ShouldBeInOrder(SortDirection.Descending);
        ranked.Sum(entry => entry.Probability).ShouldBe(1, 1e-5f);
        embedder.Classify(File.ReadAllBytes(file)).ShouldBe(ranked);
        EncoderFile.Difference(embedder.Embed(file), encoder.Expected(file)).ShouldBeLessThan(Rounding);

        using var without = new EncoderFile();
        using var mute = without.Load();
        Should.Throw<InvalidOperationException>(() => mute.Classify(file)).Message.ShouldContain("no classifier");
    }

    [Fact]
    public void A_normalised_vector_has_length_1_and_the_same_direction_and_half_precision_keeps_three_digits()
    {
        using var encoder = new EncoderFile();
        string file = encoder.Image("a.png", 70, 50);
        using var raw = encoder.Load();
        using var normalised = encoder.Load(new() { Normalize = true });
        float[] h = raw.Embed(file), unit = normalised.Embed(file);
        double norm = Math.Sqrt(h.Sum(v => (double)v * v));
        EncoderFile.Difference(unit, [.. h.Select(v => (float)(v / norm))]).ShouldBeLessThan(1e-6);
        EmbeddedImage.ToHalf(unit).Zip(unit, (a, b) => Math.Abs((float)a - b)).Max().ShouldBeLessThan(1f / 2048);
        normalised.ModelId.ShouldNotBe(raw.ModelId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_is_in_order_and_a_damaged_or_missing_image_stops_nothing(bool included)
    {
        using var encoder = new EncoderFile(included);
        using var embedder = encoder.Load(new() { BatchSize = 4, MaxConcurrency = 3 });
        var files = Enumerable.Range(1, 30).Select(i => encoder.Image($"{i}.png", 30 + i, 61 - i, i)).ToList();
        files[4] = encoder.Write("broken.png", File.ReadAllBytes(files[4])[..200]);
        files[17] = files[17] + ".missing";
        var results = await embedder.EmbedAsync(files, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        results.Select(result => result.Name).ShouldBe(files);
        foreach (var (i, result) in results.Index().Where(entry => entry.Index is not (4 or 17)))
            EncoderFile.Difference(result.Vector.ToArray(), encoder.Expected(files[i])).ShouldBeLessThan(Rounding);
        results[4].Error.ShouldBeOfType<InvalidDataException>().Message.ShouldContain("broken.png");
        results[17].Error.ShouldBeOfType<FileNotFoundException>().Message.ShouldContain("missing");
        results[4].Vector.Length.ShouldBe(0);

        var images = new BuiltInImages(DatasetPart.Test, count: 9);
        var rows = await embedder.EmbedAsync(images, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        rows.Count.ShouldBe(9);
        EncoderFile.Difference(rows[8].Vector.ToArray(), encoder.Expected(images.Read(8))).ShouldBeLessThan(Rounding);
    }

    [Fact]
    public void Sixteen_threads_at_once_get_the_vectors_of_one_and_disposing_waits_for_them()
    {
        using var encoder = new EncoderFile(classifier: true);
        var embedder = encoder.Load(new() { MaxConcurrency = 3 });
        string[] files = [.. Enumerable.Range(1, 8).Select(i => encoder.Image($"{i}.png", 30 + 7 * i, 90 - 5 * i, i))];
        float[][] alone = [.. files.Select(file => embedder.Embed(file))];
        int right = 0, refused = 0;
        using var start = new Barrier(17);
        var threads = Enumerable.Range(0, 16).Select(t => new Thread(() =>
        {
            start.SignalAndWait();
            for (int round = 0; round < 40; round++)
            {
                int i = (t + round) % files.Length;
                try
                {
                    if (embedder.Embed(files[i]).SequenceEqual(alone[i])) Interlocked.Increment(ref right);
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        start.SignalAndWait();
        SpinWait.SpinUntil(() => Volatile.Read(ref right) > 160);
        embedder.Dispose();
        threads.ForEach(thread => thread.Join());
        (right + refused).ShouldBe(16 * 40);
        right.ShouldBeGreaterThan(160);
    }

    [Fact]
    public async Task A_cancelled_call_ends_and_gives_its_place_back()
    {
        using var encoder = new EncoderFile();
        using var embedder = encoder.Load(new() { BatchSize = 1, MaxConcurrency = 1 });
        string file = encoder.Image("a.png", 70, 50);
        using var cancellationToken = new CancellationTokenSource();
        int done = 0;
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in embedder.EmbedAsync(Enumerable.Repeat(file, 1000), cancellationToken.Token))
            {
                if (++done == 3) await cancellationToken.CancelAsync();
            }
        });
        done.ShouldBeLessThan(10);
        Should.Throw<OperationCanceledException>(() => embedder.Embed(file, cancellationToken.Token));
        EncoderFile.Difference(embedder.Embed(file), encoder.Expected(file)).ShouldBeLessThan(Rounding);

        await foreach (var _ in embedder.EmbedAsync(Enumerable.Repeat(file, 1000), TestContext.Current.CancellationToken)) break; // and so does one that is left
        embedder.Embed(file).Length.ShouldBe(32);
    }
}
