using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Models;
using SimClr.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Protocols;

/// <summary>
/// Evaluates a trained encoder, the untrained encoder and the pixels on one labelled data set (SimCLR, section 4 and B.6). Features are
/// computed once. Nothing is learned or chosen on the test images: they are in a <see cref="TestSet"/>.
/// </summary>
/// <remarks>One thread at a time. The same seeds, threads and machine give the same figures.</remarks>
public sealed partial class EncoderEvaluation : IDisposable
{
    private readonly TrainedEncoder model;
    private readonly EvaluationRequest request;
    private readonly Device device;
    private readonly IMessages messages;
    private readonly Ranks ranks;
    private readonly IImageDataset trainImages, testImages;
    private readonly string data;
    private readonly List<(string Name, Features Train, TestSet Test)> features = [];
    private readonly JsonObject audit;
    private readonly CancellationToken cancellationToken;

    /// <summary>Computes the features of all images.</summary>
    /// <param name="model">
    /// The trained encoder, on the device that computes; borrowed until this object is disposed, and never changed.
    /// </param>
    /// <param name="source">Labelled images of at least two classes. Without a test part, a fifth of each class is held out.</param>
    /// <param name="request">The protocols and options; null for the defaults.</param>
    /// <param name="messages">Receives progress and notes about what is left out. Default: none.</param>
    /// <param name="ranks">The ranks that share the work; borrowed. Default: this process alone.</param>
    /// <param name="cancellationToken">
    /// Ends the work, here and in <see cref="Run()"/>: between batches of images, between classifiers, and while images are waited for.
    /// </param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ArgumentException">A value of the request is out of range.</exception>
    /// <exception cref="InvalidDataException">
    /// There are fewer than two classes, no image can be read, or the requested projection head does not exist.
    /// </exception>
    /// <exception cref="IOException">An image cannot be read.</exception>
    public EncoderEvaluation(TrainedEncoder model, ImageSource source, EvaluationRequest? request = null, IMessages? messages = null,
        Ranks? ranks = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(source);
        this.cancellationToken = cancellationToken;
        source = source.Until(cancellationToken);
        request ??= new();
        request.Validate();
        messages ??= IMessages.None;
        (this.model, this.request, this.messages, this.ranks, device) =
            (model, request, messages, ranks ?? Ranks.Alone, model.Model.parameters().First().device);
        // The protocol on augmented images uses the encoder itself.
        bool projection = request.Projection, baselines = request.Baselines
            && request.Protocols.Any(protocol => protocol != EvaluationProtocol.Augmented);
        if (projection && !model.HasHead) throw new InvalidDataException($"projection: {model.Source} has no projection head.");
        (trainImages, testImages, bool cut) = source.ForEvaluation();
        if (trainImages.Classes.Count < 2 || testImages.Classes.Count < 2)
            throw new InvalidDataException($"{trainImages.Name} has {trainImages.Classes.Count} classes. " +
                $"An evaluation needs labelled images of at least two: a folder for each class.");
        if (cut) ImageSource.TellCut(trainImages, testImages, messages);
        string seen = SeenInPretraining.Of(model, source, messages);
        var (train, test) =
            (new FeatureExtractor(trainImages, this.ranks.Communicator), new FeatureExtractor(testImages, this.ranks.Communicator));

        string sha256 = ModelState.Sha256(model.Model.Encoder);
        Encode("encoder", model.Model.Encoder, train, test, projection);
        if (baselines) Encode("untrained", model.Untrained, train, test, projection: false);
        var (trainSha256, testSha256) = Pixels(train, test, baselines);
        data = $"{trainImages.Name} ({features[0].Train.Count} training, {source.Describe(testImages, features[0].Test.Count)})";
        audit = new JsonObject
        {
            ["weights_sha256"] = sha256,
            ["train_sha256"] = trainSha256,
            ["test_sha256"] = testSha256,
            ["encoder"] = "eval mode; parameters and buffers bit for bit the same before and after",
            ["labels_in_pretraining"] = model.IsForeign ? "not known: the weights are of another program" : "none reached the encoder",
            ["test_images_in_pretraining"] = seen,
            ["selection"] = "on held-out training images alone",
            ["test_images"] = "scored once by each classifier, after its last choice",
        };
        if (train.BadImages.Count + test.BadImages.Count is > 0 and var damaged) audit["damaged_images_left_out"] = damaged;
        if (cut && ImageSource.GroupsOf(trainImages, testImages) is { } groups) audit["groups"] = groups;
        DamagedImageLog.WriteAll(train.BadImages.Concat(test.BadImages), messages);
        foreach (var (_, of, on) in features) on.RequireScorableAfter(of);
    }

    private void Encode(string name, Module<Tensor, Tensor> encoder, FeatureExtractor train, FeatureExtractor test, bool projection)
    {
        var preprocessing = model.Options.Preprocessing;
        messages.Progress($"{name} features", trainImages.Count + testImages.Count, report =>
        {
            var a = train.Encode(encoder, preprocessing, device, new DirectProgress<int>(n => report(n, "")), cancellationToken);
            var b = test.Encode(
                encoder, preprocessing, device, new DirectProgress<int>(n => report(trainImages.Count + n, "")), cancellationToken);
            if (projection) features.Add(("projection", model.Project(a), new TestSet(model.Project(b))));
            features.Insert(name == "encoder" ? 0 : features.Count, (name, a, new TestSet(b)));
            return 0;
        });
    }

    // Adds the pixels if they are a requested baseline. Their hashes are always computed, without keeping the images in memory.
    private (string Train, string Test) Pixels(FeatureExtractor train, FeatureExtractor test, bool baselines)
    {
        var (size, prepared) = (model.Options.ImageSize, model.Options.Preprocessing);
        if (!baselines) return (Hashed(train, trainImages), Hashed(test, testImages));
        var (trainPixels, testPixels) = (train.Pixels(size, prepared), test.Pixels(size, prepared));
        features.Add(("pixels", trainPixels, new TestSet(testPixels)));
        return (Sha256(trainPixels.Labels, [trainPixels.Values]), Sha256(testPixels.Labels, [testPixels.Values]));

        string Hashed(FeatureExtractor extractor, IImageDataset images)
        {
            var damaged = extractor.BadImages.Select(bad => bad.Index).ToHashSet();
            using var labels =
                tensor((long[])[.. Enumerable.Range(0, images.Count).Where(i => !damaged.Contains(i)).Select(i => (long)images.Label(i))]);
            return Sha256(labels, Values(extractor.PixelBatches(size, prepared)));
        }

        static IEnumerable<Tensor> Values(IEnumerable<FeatureBatch> batches)
        {
            foreach (var batch in batches)
            {
                using (batch) yield return batch.Values;
            }
        }
    }

    /// <summary>
    /// The hash of the labels and of the images at 32 × 32 pixels or less. Another image, order or label gives another hash.
    /// </summary>
    /// <param name="labels">(M) int64.</param>
    /// <param name="values">Float32, contiguous, on the CPU: the M images in order, in parts of any shape.</param>
    internal static string Sha256(Tensor labels, IEnumerable<Tensor> values)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in values.Prepend(labels))
        {
            foreach (var piece in TensorChunks.Of(part)) sha.AppendData(piece.bytes);
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
