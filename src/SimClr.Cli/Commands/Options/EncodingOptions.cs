using System.CommandLine;
using System.Globalization;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Encoders;
using SimClr.Export;
using SimClr.Images;
using SimClr.RunFolders;

namespace SimClr.Cli.Commands;

/// <summary>The options of the commands that encode images: the weights, the images, their preprocessing, the device.</summary>
internal sealed class EncodingOptions
{
    private readonly Option<string> weights = SharedOptions.Weights(required: false);
    private readonly Option<string[]> data = SharedOptions.Data();
    private readonly Option<Uri?> mirror = SharedOptions.Mirror();
    private readonly Option<int?> imageSize = NumberOption.Whole("--image-size", "Side of the encoded square, in pixels. " +
        "An image of this size is not resampled.", "S", least: 8).In(HelpGroup.Images).WithDefault("as in training");

    private readonly Option<ImagePart> part = SharedOptions.Choice("--part", "Which part of the images. " +
        "Data without parts have only train.", ImagePart.All).In(HelpGroup.Images);

    private readonly Option<string?> normalize = new Option<string?>("--normalize")
    {
        Description = "none, imagenet, or MEAN,STD on the scale of 0 to 1. Or a mean for each channel, then as many standard deviations.",
        HelpName = "WHAT",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (new Preprocessing().NormalizedAs(text) is null)
                result.AddError($"--normalize takes none, imagenet, MEAN,STD, " +
                    $"or a mean for each channel and as many standard deviations above 0, not '{text}'.");
            return text;
        },
    }.In(HelpGroup.Images).WithDefault("as in training").ForFew();

    private readonly Option<double[]?> valueRange = new Option<double[]?>("--value-range")
    {
        Description = "Values of the images that become 0 and 1; those outside are clipped.",
        HelpName = "LOW,HIGH",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            var ends = text.Split(',').Select(end =>
                double.TryParse(end, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN).ToArray();
            if (ends is not [var low, var high] || !double.IsFinite(high - low) || low >= high)
                result.AddError($"--value-range takes LOW,HIGH, two numbers of which the first is the lower one, not '{text}'.");
            return ends;
        },
    }.In(HelpGroup.Images).WithDefault("as in training").ForFew();

    private readonly Option<string?> embeddings = new("--embeddings")
    {
        Description = "Embeddings of --data, from `simclr embed`, to take instead of encoding. " +
            "Or anybody's .npy without --data: its rows have numbers.",
        HelpName = "FILE.npy",
    };

    private readonly Option<int?> threads = SharedOptions.Threads();
    private readonly Option<string> device = SharedOptions.Device();

    /// <param name="command">Receives the options.</param>
    /// <param name="takesEmbeddings">Whether the command also accepts existing embeddings.</param>
    public EncodingOptions(Command command, bool takesEmbeddings)
    {
        foreach (var option in (Option[])[weights, data, mirror, part, imageSize, normalize, valueRange]) command.Options.Add(option);
        if (takesEmbeddings) command.Options.Add(embeddings);
        else weights.Required = true;
        data.Required = !takesEmbeddings;
        foreach (var option in (Option[])[threads, device]) command.Options.Add(option);
        if (takesEmbeddings) command.Validators.Add(Check);
    }

    /// <summary>The images.</summary>
    public ImagePart Part(ParseResult parsed) => parsed.GetValue(part);

    /// <summary>Finds the images, or those of the embeddings; null if nothing describes the embeddings.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Receives a note for each unused file.</param>
    /// <param name="cancellationToken">Cancels a download.</param>
    /// <param name="output">The command's output, which should not be among the images.</param>
    /// <param name="isPicture">Whether the output is a picture.</param>
    public async Task<ImageList?> ImagesAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellationToken,
        string? output = null, bool isPicture = false)
    {
        if (IsUndescribed(parsed))
        {
            if (isPicture && output is not null)
                throw new ConfigurationException($"--output draws images, but {parsed.GetValue(embeddings)} has none: leave it out.");
            return null;
        }
        var which = Manifest(parsed)?.ImagePart ?? Part(parsed);
        var source = await ImageSource.FindAsync(parsed.Places(data)!,
            DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, cancellationToken);
        source.RequireOutside(output, isPicture);
        return source.List(which);
    }

    /// <summary>Loads libtorch, and the weights if any are named. Reports the preprocessing.</summary>
    public Embedder? Load(ParseResult parsed, Terminal terminal, Ranks? ranks = null)
    {
        var place = (ranks ?? Ranks.Alone).Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
        if (parsed.GetValue(weights) is not { } file) return null;
        var model = TrainedEncoder.Load(file, place, terminal, parsed.GetValue(SharedOptions.TrustScript));
        var embedder = new Embedder(model, place, Preprocessing(parsed, model.Options.Preprocessing));
        var (size, normalization) = (embedder.Preprocessing.ImageSize, embedder.Preprocessing.Normalization);
        terminal.Facts([("weights", embedder.Weights),
            ("images", $"{size} × {size}, {normalization}{RunFacts.Values(embedder.Preprocessing)}")]);
        var trained = model.Options.Preprocessing;
        if (trained.ValueRange.Count > 0 && !trained.ValueRange.SequenceEqual(embedder.Preprocessing.ValueRange))
            terminal.Warn($"These are not the values that the encoder was trained with{RunFacts.Values(trained)}: its vectors differ.");
        return embedder;
    }

    // As in training, unless the embeddings or the command line specify otherwise.
    private Preprocessing Preprocessing(ParseResult parsed, Preprocessing trained)
    {
        if (Manifest(parsed) is { } manifest)
        {
            return trained with
            {
                ImageSize = manifest.ImageSize,
                Mean = manifest.Mean,
                StandardDeviation = manifest.StandardDeviation,
                ValueRange = manifest.ValueRange ?? [],
            };
        }
        if (parsed.GetValue(normalize) is { } text) trained = trained.NormalizedAs(text)!;
        if (parsed.GetValue(valueRange) is { Length: > 0 } range) trained = trained with { ValueRange = range, ValueType = null };
        return trained with { ImageSize = parsed.GetValue(imageSize) ?? trained.ImageSize };
    }

    /// <summary>Encodes the images, or reads their embeddings.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="images">From <see cref="ImagesAsync"/>.</param>
    /// <param name="embedder">From <see cref="Load"/>; null only with embeddings.</param>
    /// <param name="terminal">Shows the progress.</param>
    public EmbeddedImages Embed(ParseResult parsed, ImageList? images, Embedder? embedder, Terminal terminal)
    {
        if (images is null)
        {
            var opened = EmbeddedImages.Open(parsed.GetValue(embeddings)!);
            terminal.Note($"{parsed.GetValue(embeddings)} is not described by a .json of simclr embed: its {opened.Rows.Count} rows are " +
                $"named by their numbers, from 0.");
            return opened;
        }
        if (Manifest(parsed) is not { } manifest) return EmbeddedImages.Compute(images, embedder!, terminal);
        string file = parsed.GetValue(embeddings)!;
        if (embedder is not null) manifest.Require(EmbeddingManifest.Of(embedder, images, manifest.ImagePart, manifest.Float16), file);
        return EmbeddedImages.Read(file, manifest, images);
    }

    private EmbeddingManifest? Manifest(ParseResult parsed) =>
        parsed.GetValue(embeddings) is { } file && !IsUndescribed(parsed) ? EmbeddingManifest.ReadBeside(file) : null;

    // Anybody's embeddings: neither a description beside the file, nor images on the command line.
    private bool IsUndescribed(ParseResult parsed) => parsed.GetValue(embeddings) is { } file && parsed.Places(data) is null
        && File.Exists(file) && !File.Exists(EmbeddingOutput.ManifestOf(file));

    private void Check(System.CommandLine.Parsing.CommandResult result)
    {
        bool Given(Option option) => result.GetResult(option) is { Implicit: false };
        if (!Given(weights) && !Given(embeddings))
            result.AddError("--weights is missing: name a run folder or a file of weights. " +
                "Or use --embeddings with a file from simclr embed.");
        if (!Given(data) && (!Given(embeddings) || Given(weights)
            || (result.GetValue(embeddings) is { } file && File.Exists(EmbeddingOutput.ManifestOf(file)))))
            result.AddError($"--data is missing: name the images{(Given(embeddings) ? " of the embeddings" : "")}.");
        if (Given(embeddings) && ((Option[])[part, imageSize, normalize, valueRange]).FirstOrDefault(Given) is { } fixedAlready)
            result.AddError($"{fixedAlready.Name} cannot be combined with --embeddings, which already has it. Leave it out.");
    }
}
