using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>Beside a file of embeddings, <c>x.npy.json</c>: what they are of, and how many are made. Who goes on with the file or uses it asks for the same.</summary>
public sealed record EmbeddingManifest
{
    private const int KnownFormat = 1;

    // What may differ: where things lie, and how far they are.
    private static readonly string[] Circumstances = ["weights", "data", "rows_done"];

    /// <summary>The version of this file; version 0.1 of the program wrote none, and 1 was meant.</summary>
    public int Format { get; init; } = KnownFormat;

    /// <summary>Where the weights lay.</summary>
    public required string Weights { get; init; }

    /// <summary>The SHA-256 of the encoder's parameters and buffers.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>What the images call themselves.</summary>
    public required string Data { get; init; }

    /// <summary><c>all</c>, <c>train</c> or <c>test</c>.</summary>
    public required string Part { get; init; }

    /// <summary>Of the names and classes of the images.</summary>
    public required string DataSha256 { get; init; }

    /// <summary>N: rows of the finished file.</summary>
    public required int Images { get; init; }

    /// <summary>D: columns.</summary>
    public required int Dimensions { get; init; }

    /// <summary>Whether the values are float16 instead of float32.</summary>
    public required bool Float16 { get; init; }

    /// <summary>S, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>The filter by which images were resized to S: <c>bilinear</c>, <c>bicubic</c>.</summary>
    public required string Interpolation { get; init; }

    /// <summary>The mean of each channel, in [0, 1]; empty: not normalised.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>The deviation of each channel; empty: not normalised.</summary>
    public required IReadOnlyList<double> StandardDeviation { get; init; }

    /// <summary>Rows that are on the disk, from the first on.</summary>
    public int RowsDone { get; init; }

    /// <summary>What an embedder's embeddings of these images will be, none of them made yet.</summary>
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
    };

    /// <summary><see cref="Part"/> as a value.</summary>
    [JsonIgnore]
    public ImagePart ImagePart => Enum.Parse<ImagePart>(Part, ignoreCase: true);

    /// <summary>Reads the manifest that lies beside a file of embeddings.</summary>
    /// <param name="embeddings">An NPY file.</param>
    /// <exception cref="FileNotFoundException">The file or its manifest is missing.</exception>
    /// <exception cref="InvalidDataException">The manifest is damaged.</exception>
    public static EmbeddingManifest ReadBeside(string embeddings)
    {
        if (!File.Exists(embeddings)) throw new FileNotFoundException($"{embeddings} does not exist; --embeddings takes an .npy file that simclr embed wrote.");
        string beside = EmbeddingOutput.ManifestOf(embeddings);
        return File.Exists(beside) ? Read(beside) : throw new FileNotFoundException($"{beside} is missing; simclr embed writes it beside {embeddings}.");
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of a newer format.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    public static EmbeddingManifest Read(string path)
    {
        try
        {
            string text = TextFile.Read(path, 1 << 20);
            JsonFormat.Require(Encoding.UTF8.GetBytes(text), KnownFormat, path);
            var manifest = JsonSerializer.Deserialize<EmbeddingManifest>(text, JsonText.Records) ?? throw new JsonException("It holds null.");
            if (manifest.RowsDone < 0 || manifest.Images < 0 || manifest.Dimensions < 1) throw new JsonException("A number of rows or columns is none.");
            return manifest.Mean.Concat(manifest.StandardDeviation).All(double.IsFinite) ? manifest : throw new JsonException("A number is too large.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message}", e);
        }
    }

    /// <summary>Puts it on the disk whole, over what was there.</summary>
    public void Write(string path) => AtomicFile.Write(path, file => JsonSerializer.Serialize(file, this, JsonText.Records));

    /// <summary>Refuses embeddings that are of something else than is asked for now.</summary>
    /// <param name="asked">What is asked for.</param>
    /// <param name="path">What errors call the embeddings.</param>
    /// <exception cref="InvalidDataException">Weights, data or options differ; the first difference is named.</exception>
    public void Require(EmbeddingManifest asked, string path)
    {
        JsonObject here = ToObject(this), there = ToObject(asked);
        foreach (var (key, value) in here)
        {
            if (Circumstances.Contains(key) || JsonNode.DeepEquals(value, there[key])) continue;
            throw new InvalidDataException(key switch
            {
                "weights_sha256" => $"{path} holds embeddings by other weights ({Weights}, SHA-256 {Short(WeightsSha256)}) than these ({asked.Weights}, {Short(asked.WeightsSha256)}).",
                "data_sha256" => $"{path} holds embeddings of other images ({Data}, {Images} images) than {asked.Data}: their names or classes differ.",
                _ => $"{path} has {key} {value!.ToJsonString()}, and {there[key]!.ToJsonString()} is asked for; another --output begins anew.",
            });
        }
    }

    private static string Short(string sha256) => sha256.Length <= 12 ? sha256 : $"{sha256[..12]}…";

    private static JsonObject ToObject(EmbeddingManifest manifest) => JsonSerializer.SerializeToNode(manifest, JsonText.Records)!.AsObject();
}
