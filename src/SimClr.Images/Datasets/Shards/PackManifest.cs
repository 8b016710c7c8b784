using System.Text.Json;
using System.Text.Json.Serialization;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// The source and options of a packing, in <c>pack.json</c> beside the shards. Continuing a packing requires the same source and options.
/// </summary>
public sealed partial record PackManifest
{
    /// <summary>The file's name.</summary>
    public const string File = "pack.json";


    /// <summary>The name of the data.</summary>
    public required string Data { get; init; }

    /// <summary>The number of images in all parts.</summary>
    public required int Images { get; init; }

    /// <summary>The SHA-256 of all names and classes.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The largest size of a shard in bytes (<see cref="PackOptions.ShardBytes"/>).</summary>
    public required long ShardBytes { get; init; }

    /// <summary>The largest number of images in a shard (<see cref="PackOptions.ShardImages"/>).</summary>
    public required int ShardImages { get; init; }

    /// <summary>The shorter side that larger images are resized to, in pixels; 0 for none.</summary>
    public required int ShortSide { get; init; }

    /// <summary>JPEG quality of resized images.</summary>
    public required int Quality { get; init; }

    /// <summary>The side of tiles; 0 if images are not cut.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int TileSide { get; init; }

    /// <summary>The pixels that neighbouring tiles share.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int TileOverlap { get; init; }

    /// <summary>Whether tiles of one colour are left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SkipEmptyTiles { get; init; }

    /// <summary>Describes the packing of these images.</summary>
    /// <param name="images">The images to pack.</param>
    /// <param name="options">How they are packed.</param>
    public static PackManifest Of(ImageList images, PackOptions options) => new()
    {
        Data = images.Data.Name,
        Images = images.Count,
        Sha256 = images.Sha256(),
        ShardBytes = options.ShardBytes,
        ShardImages = options.ShardImages,
        ShortSide = options.ShortSide,
        Quality = options.Quality,
        TileSide = options.TileSide,
        TileOverlap = options.TileOverlap,
        SkipEmptyTiles = options.SkipEmptyTiles,
    };

    /// <summary>Whether a packing has begun in a folder.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    public static bool IsIn(string folder) => System.IO.File.Exists(Path.Combine(folder, File));

    /// <summary>Writes the file if it is missing. Otherwise it must be equal.</summary>
    /// <param name="folder">The folder of the shards.</param>
    /// <exception cref="ConfigurationException">The existing file differs. The message shows the first difference.</exception>
    public void Keep(string folder)
    {
        string path = Path.Combine(folder, File), text = JsonSerializer.Serialize(this, Json.Default.PackManifest) + "\n";
        if (!System.IO.File.Exists(path))
        {
            AtomicFile.Write(path, text);
            return;
        }
        string[] there = TextFile.Read(path, 1 << 20).TrimEnd('\n').Split('\n'), asked = text.TrimEnd('\n').Split('\n');
        if (there.SequenceEqual(asked)) return;
        int at = there.Zip(asked).TakeWhile(line => line.First == line.Second).Count();
        string Line(string[] lines) => at < lines.Length ? Excerpt.Of(lines[at].Trim(' ', ',')) : "nothing";
        throw new ConfigurationException($"--resume: {path} has '{Line(there)}', but the command has '{Line(asked)}'. " +
            $"Use the same images and options, or choose another --output.");
    }

    [JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(PackManifest))]
    private sealed partial class Json : JsonSerializerContext;
}
