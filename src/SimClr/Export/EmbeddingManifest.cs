using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>
/// The description beside a file of embeddings, <c>x.npy.json</c>: weights, data, options and the number of finished rows. Resuming or
/// using the file requires the same description.
/// </summary>
public sealed record EmbeddingManifest
{
    private const int KnownFormat = 1;

    // Keys that may differ: paths and progress.
    private static readonly string[] Circumstances = ["weights", "data", "rows_done"];

    /// <summary>The version of this file. Version 0.1 of the program wrote none; that means 1.</summary>
    public int Format { get; init; } = KnownFormat;

    /// <summary>The path of the weights.</summary>
    public required string Weights { get; init; }

    /// <summary>The SHA-256 of the encoder's parameters and buffers.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>The name of the data.</summary>
    public required string Data { get; init; }

    /// <summary><c>all</c>, <c>train</c> or <c>test</c>.</summary>
    public required string Part { get; init; }

    /// <summary>The SHA-256 of the names and classes of the images.</summary>
    public required string DataSha256 { get; init; }

    /// <summary>N, the rows of the finished file.</summary>
    public required int Images { get; init; }

    /// <summary>D, the columns.</summary>
    public required int Dimensions { get; init; }

    /// <summary>Whether the values are float16 instead of float32.</summary>
    public required bool Float16 { get; init; }

    /// <summary>S, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>The filter that resized images to S: <c>bilinear</c>, <c>bicubic</c>.</summary>
    public required string Interpolation { get; init; }

    /// <summary>The mean of each channel, in [0, 1]; empty: not normalised.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>The standard deviation of each channel; empty: not normalised.</summary>
    public required IReadOnlyList<double> StandardDeviation { get; init; }

    /// <summary>The values that became 0 and 1; null: the range of their type.</summary>
    public IReadOnlyList<double>? ValueRange { get; init; }

    /// <summary>The chosen channels of the images, counted from 1; null: all.</summary>
    public IReadOnlyList<int>? ChosenChannels { get; init; }

    /// <summary>Whether all pages of a file are the channels of an image; null: the first page is the image.</summary>
    public bool? PagesAreChannels { get; init; }

    /// <summary>Whether the images are tiles of larger pictures; null: they are not.</summary>
    public bool? Tiles { get; init; }

    /// <summary>The number of rows on the disk, from the first on.</summary>
    public int RowsDone { get; init; }

    /// <summary>The manifest of an embedding that has not begun.</summary>
    /// <param name="embedder">The encoder; borrowed.</param>
    /// <param name="images">The images, one row each.</param>
    /// <param name="part">The part of the data that they are.</param>
    /// <param name="float16">Whether the rows are float16; otherwise float32.</param>
    public static EmbeddingManifest Of(Embedder embedder, ImageList images, ImagePart part, bool float16) => new()
    {
        Weights = embedder.Weights,
        WeightsSha256 = embedder.WeightsSha256(),
        Data = images.Data.Name,
        Part = part.ToString().ToLowerInvariant(),
        DataSha256 = images.Sha256(),
        Images = images.Count,
        Dimensions = embedder.Dimensions,
        Float16 = float16,
        ImageSize = embedder.Preprocessing.ImageSize,
        Interpolation = embedder.Preprocessing.Interpolation.ToString().ToLowerInvariant(),
        Mean = embedder.Preprocessing.Mean,
        StandardDeviation = embedder.Preprocessing.StandardDeviation,
        ValueRange = embedder.Preprocessing.ValueRange is [] ? null : embedder.Preprocessing.ValueRange,
        ChosenChannels = embedder.Preprocessing.Decoding.Channels is [] ? null : embedder.Preprocessing.Decoding.Channels,
        PagesAreChannels = embedder.Preprocessing.Decoding.Pages == ImagePages.Channels ? true : null,
        Tiles = images.Data.HasTiles ? true : null,
    };

    /// <summary><see cref="Part"/> as an enum value.</summary>
    [JsonIgnore]
    public ImagePart ImagePart => Enum.Parse<ImagePart>(Part, ignoreCase: true);

    /// <summary>Reads the manifest beside a file of embeddings.</summary>
    /// <param name="embeddings">An NPY file.</param>
    /// <exception cref="FileNotFoundException">The file or its manifest is missing.</exception>
    /// <exception cref="InvalidDataException">The manifest is damaged.</exception>
    public static EmbeddingManifest ReadBeside(string embeddings)
    {
        if (!File.Exists(embeddings))
            throw new FileNotFoundException($"{embeddings} does not exist. --embeddings takes an .npy file that simclr embed wrote.");
        string beside = EmbeddingOutput.ManifestOf(embeddings);
        return File.Exists(beside) ? Read(beside)
            : throw new FileNotFoundException($"{beside} is missing. simclr embed writes it beside {embeddings}. " +
                $"Without it leave --data out: the rows then have numbers.");
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The manifest is damaged, or has a newer format.</exception>
    /// <exception cref="IOException">The manifest is missing or cannot be read.</exception>
    public static EmbeddingManifest Read(string path)
    {
        try
        {
            string text = TextFile.Read(path, 1 << 20);
            JsonFormat.Require(Encoding.UTF8.GetBytes(text), KnownFormat, path);
            var manifest = JsonSerializer.Deserialize<EmbeddingManifest>(text, JsonText.Records)
                ?? throw new JsonException("It holds null.");
            if (manifest.RowsDone < 0 || manifest.Images < 0 || manifest.Dimensions < 1)
                throw new JsonException("A number of rows or columns is none.");
            if (manifest.ImageSize < 1) throw new JsonException($"The image size is {manifest.ImageSize}.");
            if (!Enum.GetNames<ImagePart>().Contains(manifest.Part, StringComparer.OrdinalIgnoreCase))
                throw new JsonException($"There is no part '{manifest.Part}'.");
            return manifest.Mean.Concat(manifest.StandardDeviation).All(double.IsFinite) ? manifest
                : throw new JsonException("A number is too large.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message}", e);
        }
    }

    /// <summary>Writes the manifest atomically.</summary>
    /// <param name="path">The file.</param>
    public void Write(string path) => AtomicFile.Write(path, file => JsonSerializer.Serialize(file, this, JsonText.Records));

    /// <summary>Refuses embeddings that differ from what is asked for.</summary>
    /// <param name="asked">The requested manifest.</param>
    /// <param name="path">The name of the embeddings in error messages.</param>
    /// <exception cref="InvalidDataException">Weights, data or options differ. The message names the first difference.</exception>
    public void Require(EmbeddingManifest asked, string path)
    {
        JsonObject here = ToObject(this), there = ToObject(asked);
        foreach (var (key, value) in here)
        {
            if (Circumstances.Contains(key) || JsonNode.DeepEquals(value, there[key])) continue;
            throw new InvalidDataException(key switch
            {
                "weights_sha256" => $"{path} was made with other weights ({Weights}, SHA-256 {Short(WeightsSha256)}) than " +
                $"these ({asked.Weights}, {Short(asked.WeightsSha256)}).",
                "data_sha256" =>
                    $"{path} holds embeddings of other images ({Data}, {Images} images) than {asked.Data}: their names or classes differ.",
                _ => $"{path} has {key} {Text(value)}, but the command has {Text(there[key])}. " +
                    $"Use the same options, or choose another --output.",
            });
        }
    }

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "null";

    private static string Short(string sha256) => sha256.Length <= 12 ? sha256 : $"{sha256[..12]}…";

    private static JsonObject ToObject(EmbeddingManifest manifest) =>
        JsonSerializer.SerializeToNode(manifest, JsonText.Records)!.AsObject();
}
