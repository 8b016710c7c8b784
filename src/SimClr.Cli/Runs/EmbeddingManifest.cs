using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.Cli.Configuration;
using SimClr.Files;

namespace SimClr.Cli.Runs;

/// <summary>Beside a file of embeddings, <c>x.npy.json</c>: what they are of, and how many are made. Who goes on with the file or uses it asks for the same.</summary>
internal sealed record EmbeddingManifest
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict) { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    // What may differ: where things lie, and how far they are.
    private static readonly string[] Circumstances = ["weights", "data", "rows_done"];

    /// <summary>Where the weights lay.</summary>
    public required string Weights { get; init; }

    public required string WeightsSha256 { get; init; }

    public required string Data { get; init; }

    /// <summary><c>all</c>, <c>train</c> or <c>test</c>.</summary>
    public required string Part { get; init; }

    /// <summary>Of the names and classes of the images.</summary>
    public required string DataSha256 { get; init; }

    public required int Images { get; init; }

    public required int Dimensions { get; init; }

    public required bool Float16 { get; init; }

    public required int ImageSize { get; init; }

    public required string Interpolation { get; init; }

    public required IReadOnlyList<double> Mean { get; init; }

    public required IReadOnlyList<double> StandardDeviation { get; init; }

    /// <summary>Rows that are on the disk, from the first on.</summary>
    public int RowsDone { get; init; }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    public static EmbeddingManifest Read(string path)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<EmbeddingManifest>(TextFile.Read(path, 1 << 20), Json) ?? throw new JsonException("It holds null.");
            if (manifest.RowsDone < 0 || manifest.Images < 0 || manifest.Dimensions < 1) throw new JsonException("A number of rows or columns is none.");
            return manifest.Mean.Concat(manifest.StandardDeviation).All(double.IsFinite) ? manifest : throw new JsonException("A number is too large.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message}", e);
        }
    }

    /// <summary>Puts it on the disk whole, over what was there.</summary>
    public void Write(string path) => WholeFile.Write(path, file => JsonSerializer.Serialize(file, this, Json));

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

    private static JsonObject ToObject(EmbeddingManifest manifest) => JsonSerializer.SerializeToNode(manifest, Json)!.AsObject();
}
