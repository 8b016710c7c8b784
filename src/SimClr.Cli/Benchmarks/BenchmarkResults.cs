using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SimClr.IO;

namespace SimClr.Cli.Benchmarks;

/// <summary>A file of <c>benchmarks/results/</c>: figures, and where, when, how and of what they were measured.</summary>
/// <param name="Machine">The machine and its versions.</param>
/// <param name="Program">The version with its commit.</param>
/// <param name="Date">UTC.</param>
/// <param name="Command">As typed.</param>
/// <param name="Results">In the catalogue's order.</param>
internal sealed record BenchmarkResults(BenchmarkMachine Machine, string Program, DateOnly Date, string Command, IReadOnlyList<Measurement> Results)
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>The same on one line.</summary>
    public static readonly JsonSerializerOptions OneLine = new(Json) { WriteIndented = false };

    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static BenchmarkResults Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchmarkResults>(RegularFile.ReadAllText(path), Json) ?? throw new JsonException("It holds null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} holds no results of simclr bench: {e.Message}", e);
        }
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">Its name, or a folder in which the machine names it.</param>
    /// <returns>The file.</returns>
    public string Save(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, Machine.Slug + ".json") : path;
        AtomicFile.Write(file, [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n']);
        return file;
    }
}
