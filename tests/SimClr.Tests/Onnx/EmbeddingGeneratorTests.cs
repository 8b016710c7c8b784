using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using SimClr.Images;
using SimClr.Onnx;

namespace SimClr.Tests.Onnx;

/// <summary>The encoder as Microsoft.Extensions.AI sees it, with each of its wrappers.</summary>
public sealed class EmbeddingGeneratorTests : IDisposable
{
    private readonly EncoderFile encoder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => encoder.Dispose();

    private DataContent Content(int seed) => new(File.ReadAllBytes(encoder.Image($"{seed}.png", 70, 50, seed)), "image/png") { Name = $"{seed}.png" };

    [Fact]
    public async Task It_gives_a_vector_per_image_with_its_model_and_counts_the_images()
    {
        using var generator = encoder.Load();
        var embeddings = await generator.GenerateAsync([Content(1), Content(2), Content(3)], cancellationToken: Cancellation);
        var metadata = generator.GetRequiredService<EmbeddingGeneratorMetadata>();
        (metadata.ProviderName, metadata.DefaultModelDimensions).ShouldBe(("simclr", 32));
        foreach (var (i, embedding) in embeddings.Index())
        {
            (embedding.ModelId, embedding.Dimensions).ShouldBe((metadata.DefaultModelId, 32));
            EncoderFile.Difference(embedding.Vector.ToArray(), encoder.Expected(encoder.Image("a.png", 70, 50, i + 1))).ShouldBeLessThan(1e-5);
        }
        embeddings.Usage!.AdditionalCounts!["images"].ShouldBe(3);
        (await generator.GenerateAsync([], cancellationToken: Cancellation)).ShouldBeEmpty();

        generator.GetService<ImageEmbedder>().ShouldBeSameAs(generator);
        generator.GetService<InferenceSession>().ShouldNotBeNull();
        generator.GetService<Preprocessing>()!.ImageSize.ShouldBe(40);
        generator.GetService<string>().ShouldBeNull();
        generator.GetService<ImageEmbedder>("key").ShouldBeNull();
    }

    [Fact]
    public async Task What_it_cannot_give_is_refused()
    {
        using var generator = encoder.Load();
        (await Should.ThrowAsync<ArgumentException>(() => generator.GenerateAsync([Content(1)], new() { Dimensions = 16 }, Cancellation))).Message.ShouldContain("32 dimensions, not 16");
        (await Should.ThrowAsync<ArgumentException>(() => generator.GenerateAsync([Content(1)], new() { ModelId = "clip" }, Cancellation))).Message.ShouldContain("not clip");
        var broken = new DataContent(new byte[] { 1, 2, 3 }, "image/png") { Name = "cat.png" };
        (await Should.ThrowAsync<InvalidDataException>(() => generator.GenerateAsync([Content(1), broken], cancellationToken: Cancellation))).Message.ShouldStartWith("cat.png: not an image of a known format");
        await Should.ThrowAsync<OperationCanceledException>(() => generator.GenerateAsync([Content(1)], cancellationToken: new CancellationToken(true)));
    }

    [Fact]
    public async Task Caching_asks_it_once_per_image_and_a_new_model_id_makes_a_new_key()
    {
        var cache = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        int encoded = 0;
        async Task<float[]> Through(ImageEmbedder model)
        {
            using var generator = model.AsBuilder().UseDistributedCache(cache, caching => caching.CacheKeyAdditionalValues = [model.ModelId])
                .Use(async (values, options, inner, cancellationToken) =>
                {
                    encoded += values.Count();
                    return await inner.GenerateAsync(values, options, cancellationToken);
                }).Build();
            return (await generator.GenerateAsync([Content(1)], cancellationToken: Cancellation))[0].Vector.ToArray();
        }

        using var first = encoder.Load();
        float[] h = await Through(first), again = await Through(encoder.Load());
        (encoded, again.SequenceEqual(h)).ShouldBe((1, true));
        using var other = encoder.Load(new() { Normalize = true });
        (await Through(other)).ShouldNotBe(h);
        encoded.ShouldBe(2);
    }

    [Fact]
    public async Task Logging_and_OpenTelemetry_see_every_call_and_its_model()
    {
        var heard = new RecordedLog();
        using var logs = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(heard));
        string name = $"simclr-{Guid.NewGuid():n}";
        var activities = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var embedder = encoder.Load();
        using var generator = embedder.AsBuilder().UseLogging(logs).UseOpenTelemetry(sourceName: name).Build();
        await generator.GenerateAsync([Content(1)], cancellationToken: Cancellation);
        heard.Lines.ShouldContain(line => line.Contains("GenerateAsync", StringComparison.Ordinal));
        var activity = activities.ShouldHaveSingleItem();
        activity.GetTagItem("gen_ai.provider.name").ShouldBe("simclr");
        activity.GetTagItem("gen_ai.request.model").ShouldBe(embedder.ModelId);
    }

    [Fact]
    public async Task Dependency_injection_gives_one_encoder_loads_it_when_it_is_needed_and_frees_it()
    {
        ImageEmbedder embedder;
        await using (var services = new ServiceCollection().AddSimClrEmbeddings(encoder.Path).BuildServiceProvider())
        {
            var generator = services.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>();
            embedder = services.GetRequiredService<ImageEmbedder>();
            generator.ShouldBeSameAs(embedder);
            (await generator.GenerateAsync([Content(1)], cancellationToken: Cancellation)).Count.ShouldBe(1);
        }
        Should.Throw<ObjectDisposedException>(() => embedder.Embed(encoder.Image("a.png", 9, 9)));

        using var missing = new ServiceCollection().AddSimClrEmbeddings("/nowhere.onnx").BuildServiceProvider();
        Should.Throw<FileNotFoundException>(() => missing.GetRequiredService<ImageEmbedder>());
    }

    private sealed class RecordedLog : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
