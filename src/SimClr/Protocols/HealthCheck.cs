using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Images;
using SimClr.Losses;
using SimClr.Randomness;
using SimClr.Views;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Protocols;

/// <summary>
/// Encodes two views of each of some images, drawn as in pretraining, and measures the health of the representation. Labels are not used.
/// </summary>
/// <remarks>One thread at a time. The same model, images and machine give the same figures.</remarks>
/// <param name="model">The trained network, on the device that computes; borrowed and never changed.</param>
/// <param name="images">
/// At least two readable images; borrowed. Damaged ones are left out. For a model of one channel, colours are converted to gray.
/// </param>
public sealed class HealthCheck(TrainedEncoder model, IImageDataset images)
{
    private const int Chunk = 64;

    private readonly IImageDataset data =
        EncoderImages.For(images, model.Options.Encoder.Channels, model.Options.Preprocessing.Decoding);
    private readonly Device device = model.Model.parameters().First().device;

    /// <summary>
    /// Measures the health of the encoder, the projection and the untrained encoder. The features of all images are in memory at once.
    /// </summary>
    /// <param name="progress">Receives the number of images done. Default: none.</param>
    /// <param name="cancellationToken">Checked between batches of images.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidDataException">Fewer than two images can be read.</exception>
    /// <exception cref="ArgumentException">A feature is not finite.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public HealthReport Run(Action<long>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (trained, untrained) = (new List<Tensor>[] { [], [] }, new List<Tensor>[] { [], [] });
        int good = 0;
        var renderer = new CpuViewRenderer(model.Options.Views, model.Options.Preprocessing, data.Channels);
        for (int start = 0; start < data.Count; start += Chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var images = Readable(start, Math.Min(Chunk, data.Count - start));
            good += images.Count;
            for (int view = 0; view < 2 && images.Count > 0; view++)
            {
                using var x = Views(renderer, images, view);
                using var onDevice = x.to(device);
                trained[view].Add(Encode(model.Model.Encoder, onDevice));
                untrained[view].Add(Encode(model.Untrained, onDevice));
            }
            progress?.Invoke(start + images.Count);
        }
        if (good < 2) throw new InvalidDataException($"The check needs at least two readable images, but {data.Name} has {good}.");

        var (h1, h2) = (cat(trained[0]), cat(trained[1]));
        var rows = new List<HealthRow> { Row("encoder", h1, h2) };
        if (model.HasHead)
            rows.Add(Row("projection", model.Model.Head.call(h1.to(device)).cpu(), model.Model.Head.call(h2.to(device)).cpu()));
        rows.Add(Row("untrained", cat(untrained[0]), cat(untrained[1])));
        return new HealthReport(model.Source, data.Name, good, model.Options.Temperature, rows);
    }

    private HealthRow Row(string name, Tensor first, Tensor second)
    {
        using var both = cat([first, second]);
        using var contrast = new NtXentLoss(model.Options.Temperature).Compute(both);
        return new HealthRow(name, EncoderHealth.Of(first, second), contrast.Top1, contrast.Top5, contrast.Entropy);
    }

    private List<(int Index, DecodedImage Image)> Readable(int start, int count)
    {
        var images = new List<(int, DecodedImage)>();
        for (int i = start; i < start + count; i++)
        {
            try
            {
                images.Add((i, data.ReadWhole(i)));
            }
            catch (InvalidDataException)
            {
                // Pretraining reports the damage; here the image is left out.
            }
        }
        return images;
    }

    private Tensor Views(CpuViewRenderer renderer, List<(int Index, DecodedImage Image)> images, int view)
    {
        int size = model.Options.ImageSize, length = data.Channels * size * size;
        var x = empty(images.Count, data.Channels, size, size);
        var pixels = MemoryMarshal.Cast<byte, float>(x.bytes);
        foreach (var (row, (index, image)) in images.Index())
            renderer.Render(image, model.Options.Views.Draw(image.Width, image.Height, size, new CounterRandom(
                model.Options.Seed, 0, index, view)), pixels.Slice(row * length, length));
        return x;
    }

    private static Tensor Encode(Module<Tensor, Tensor> encoder, Tensor x)
    {
        using var h = encoder.call(x);
        return h.cpu();
    }
}
