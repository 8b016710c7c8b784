using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Protocols;

/// <summary>
/// A trained encoder's features, the untrained encoder's and the pixels of one labelled data set, and the protocols on them. Features are
/// computed once. Nothing that learns or chooses sees the test images: they are in a <see cref="TestSet"/>.
/// </summary>
public sealed partial class EncoderEvaluation : IDisposable
{
    private const long Piece = 1 << 24; // elements at once: a span ends at 2 GiB

    private readonly TrainedModel model;
    private readonly Device device;
    private readonly IMessages messages;
    private readonly Ranks ranks;
    private readonly IImageDataset trainImages, testImages;
    private readonly string data;
    private readonly List<(string Name, Features Train, TestSet Test)> features = [];
    private readonly JsonObject audit;

    /// <summary>Computes the features of all images.</summary>
    /// <param name="model">The trained encoder; borrowed.</param>
    /// <param name="source">Labelled images.</param>
    /// <param name="projection">Whether the projection z is evaluated beside h.</param>
    /// <param name="device">Where the encoder is.</param>
    /// <param name="messages">Told of progress and of what is left out.</param>
    /// <param name="ranks">Those that share the work. Default: this process alone.</param>
    /// <param name="baselines">Whether the untrained encoder and the pixels are evaluated too.</param>
    /// <exception cref="InvalidDataException">There are fewer than two classes, or no projection head where one is asked for.</exception>
    public EncoderEvaluation(TrainedModel model, ImageSource source, bool projection, Device device, IMessages messages, Ranks? ranks = null, bool baselines = true)
    {
        (this.model, this.device, this.messages, this.ranks) = (model, device, messages, ranks ?? Ranks.Alone);
        if (projection && !model.HasHead) throw new InvalidDataException($"--projection: {model.Source} has no projection head.");
        (trainImages, testImages, bool cut) = source.ForEvaluation();
        if (trainImages.Classes.Count < 2 || testImages.Classes.Count < 2)
            throw new InvalidDataException($"{trainImages.Name} has {trainImages.Classes.Count} classes; an evaluation needs labelled images of at least two (a folder for each class).");
        if (cut) messages.Note($"{trainImages.Name} has no test part: a fifth of every class, {testImages.Count} images, is held out as one.");
        data = $"{trainImages.Name} ({trainImages.Count} training, {testImages.Count} test images)";
        var (train, test) = (new FeatureExtractor(trainImages, this.ranks.Communicator), new FeatureExtractor(testImages, this.ranks.Communicator));

        string sha256 = ModelState.Sha256(model.Model.Encoder);
        Encode("encoder", model.Model.Encoder, train, test, projection);
        if (baselines) Encode("untrained", model.Untrained, train, test, projection: false);
        var (trainSha256, testSha256) = Pixels(train, test, baselines);
        audit = new JsonObject
        {
            ["weights_sha256"] = sha256,
            ["train_sha256"] = trainSha256,
            ["test_sha256"] = testSha256,
            ["encoder"] = "eval mode; parameters and buffers bit for bit the same before and after",
            ["labels_in_pretraining"] = model.IsForeign ? "not known: the weights are of another program" : "none reached the encoder",
            ["selection"] = "on held-out training images alone",
            ["test_images"] = "scored once by each classifier, after its last choice",
        };
        DamagedImageNotes.SayAll(train.BadImages.Concat(test.BadImages), messages);
        foreach (var (_, of, on) in features) on.RequireScorableAfter(of);
    }

    private void Encode(string name, Module<Tensor, Tensor> encoder, FeatureExtractor train, FeatureExtractor test, bool projection)
    {
        var preprocessing = model.Options.Preprocessing;
        messages.Progress($"{name} features", trainImages.Count + testImages.Count, report =>
        {
            var a = train.Encode(encoder, preprocessing, device, new DirectProgress<int>(n => report(n, "")));
            var b = test.Encode(encoder, preprocessing, device, new DirectProgress<int>(n => report(trainImages.Count + n, "")));
            if (projection) features.Add(("projection", model.Project(a), new TestSet(model.Project(b))));
            features.Insert(name == "encoder" ? 0 : features.Count, (name, a, new TestSet(b)));
            return 0;
        });
    }

    // Adds them where they are wanted as a baseline; their hashes are wanted in any case, and take no memory for the images.
    private (string Train, string Test) Pixels(FeatureExtractor train, FeatureExtractor test, bool baselines)
    {
        int size = model.Options.ImageSize;
        if (!baselines) return (Hashed(train, trainImages), Hashed(test, testImages));
        var (trainPixels, testPixels) = (train.Pixels(size), test.Pixels(size));
        features.Add(("pixels", trainPixels, new TestSet(testPixels)));
        return (Sha256(trainPixels.Labels, [trainPixels.Values]), Sha256(testPixels.Labels, [testPixels.Values]));

        string Hashed(FeatureExtractor extractor, IImageDataset images)
        {
            var damaged = extractor.BadImages.Select(bad => bad.Index).ToHashSet();
            using var labels = tensor((long[])[.. Enumerable.Range(0, images.Count).Where(i => !damaged.Contains(i)).Select(i => (long)images.Label(i))]);
            return Sha256(labels, Values(extractor.PixelBatches(size)));
        }

        static IEnumerable<Tensor> Values(IEnumerable<FeatureBatch> batches)
        {
            foreach (var batch in batches)
            {
                using (batch) yield return batch.Values;
            }
        }
    }

    /// <summary>Of the labels and of what the images are at 32 pixels a side or less: another image, order or label gives another hash.</summary>
    /// <param name="labels">(M) int64.</param>
    /// <param name="values">Float32, contiguous, on the CPU: the M images in order, in parts of any shape.</param>
    internal static string Sha256(Tensor labels, IEnumerable<Tensor> values)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in values.Prepend(labels))
        {
            using var flat = part.view(-1);
            for (long from = 0; from < flat.numel(); from += Piece)
            {
                using var piece = flat.narrow(0, from, Math.Min(Piece, flat.numel() - from));
                sha.AppendData(piece.bytes);
            }
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    /// <summary>Frees the features.</summary>
    public void Dispose()
    {
        foreach (var (_, train, test) in features)
        {
            train.Dispose();
            test.Dispose();
        }
    }
}
