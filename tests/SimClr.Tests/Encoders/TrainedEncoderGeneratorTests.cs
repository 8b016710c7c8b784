using Microsoft.Extensions.AI;
using SimClr.Encoders;
using SimClr.Models;
using SimClr.Tests.Weights;
using SimClr.Weights;
using SkiaSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Encoders;

public sealed class TrainedEncoderGeneratorTests
{
    [Fact]
    public async Task A_trained_encoder_is_a_generator_of_embeddings()
    {
        using var folder = new TempFolder();
        TrainedEncoder Encoder(double shift)
        {
            using var network = OnnxTrial.Build(new ResNetOptions { Width = 0.0625, Stem = Stem.Small }, 32);
            using (no_grad()) network.parameters().First().add_(shift);
            Safetensors.Write(folder.At("a.safetensors"), network.state_dict());
            return TrainedEncoder.Load(folder.At("a.safetensors"));
        }

        using var encoder = Encoder(0);
        using var another = Encoder(1e-3);
        using var same = Encoder(0);
        byte[] image = TinyImages.Encode(40, 50, SKEncodedImageFormat.Png, (x, y) => new SKColor((byte)(5 * x), (byte)(4 * y), 9));
        var metadata = encoder.GetRequiredService<EmbeddingGeneratorMetadata>();
        (metadata.ProviderName, metadata.DefaultModelDimensions).ShouldBe(("simclr", 32));
        metadata.DefaultModelId.ShouldBe(same.ModelId);
        metadata.DefaultModelId.ShouldNotBe(another.ModelId);

        var content = new DataContent(image, "image/png");
        var embeddings = await encoder.GenerateAsync([content, content], cancellationToken: TestContext.Current.CancellationToken);
        embeddings.Usage!.AdditionalCounts!["images"].ShouldBe(2);
        embeddings[1].ModelId.ShouldBe(encoder.ModelId);
        embeddings[1].Vector.ToArray().ShouldBe(encoder.Embed(image));

        await Should.ThrowAsync<ArgumentException>(() => encoder.GenerateAsync([content], new() { Dimensions = 8 }));
        await Should.ThrowAsync<ArgumentException>(() => encoder.GenerateAsync([content], new() { ModelId = another.ModelId }));
        var broken = new DataContent(new byte[] { 1 }, "image/png") { Name = "a.png" };
        (await Should.ThrowAsync<InvalidDataException>(() => encoder.GenerateAsync([broken]))).Message.ShouldStartWith("a.png");
    }
}
