using System.Text;
using System.Text.Json;
using SimClr.Cli.Configuration;
using SimClr.Data;
using SimClr.Files;

namespace SimClr.Cli.Runs;

/// <summary>What shards were made of, <c>pack.json</c> beside them: who goes on with them must ask for the same.</summary>
internal sealed record PackManifest
{
    /// <summary>The file's name.</summary>
    public const string File = "pack.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>What the images call themselves.</summary>
    public required string Data { get; init; }

    /// <summary>How many there are, of all parts.</summary>
    public required int Images { get; init; }

    /// <summary>Of all names and classes.</summary>
    public required string Sha256 { get; init; }

    public required long ShardBytes { get; init; }

    public required int ShardImages { get; init; }

    public required int ShortSide { get; init; }

    public required int Quality { get; init; }

    public static PackManifest Of(ImageList images, PackOptions options) => new()
    {
        Data = images.Data.Name,
        Images = images.Count,
        Sha256 = images.Sha256(),
        ShardBytes = options.ShardBytes,
        ShardImages = options.ShardImages,
        ShortSide = options.ShortSide,
        Quality = options.Quality,
    };

    /// <summary>Whether a packing was begun in a folder.</summary>
    public static bool IsIn(string folder) => System.IO.File.Exists(Path.Combine(folder, File));

    /// <summary>Writes it where there is none; where there is one, it must say the same.</summary>
    /// <exception cref="ConfigurationException">It does not: the message shows the first difference.</exception>
    public void Keep(string folder)
    {
        string path = Path.Combine(folder, File), text = JsonSerializer.Serialize(this, Json) + "\n";
        if (!System.IO.File.Exists(path))
        {
            WholeFile.Write(path, Encoding.UTF8.GetBytes(text));
            return;
        }
        string[] there = TextFile.Read(path, 1 << 20).TrimEnd('\n').Split('\n'), asked = text.TrimEnd('\n').Split('\n');
        if (there.SequenceEqual(asked)) return;
        int at = there.Zip(asked).TakeWhile(line => line.First == line.Second).Count();
        string Line(string[] lines) => at < lines.Length ? TextFile.Excerpt(lines[at].Trim(' ', ',')) : "nothing";
        throw new ConfigurationException($"--resume: {path} has '{Line(there)}' and '{Line(asked)}' is asked for; go on with the same images and options, or choose another --output.");
    }
}
