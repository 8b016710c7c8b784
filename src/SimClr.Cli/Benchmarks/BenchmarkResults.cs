using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SimClr.IO;

namespace SimClr.Cli.Benchmarks;

/// <summary>A file of <c>benchmarks/results/</c>: figures with their machine, date, command and program.</summary>
/// <param name="Machine">The machine and its versions.</param>
/// <param name="Program">The version of the program with its commit.</param>
/// <param name="Date">The date in UTC.</param>
/// <param name="Command">The command as typed.</param>
/// <param name="Results">The measurements, in the order of the catalogue.</param>
internal sealed record BenchmarkResults(BenchmarkMachine Machine, string Program, DateOnly Date,
    string Command, IReadOnlyList<Measurement> Results)
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>The same JSON on one line.</summary>
    public static readonly JsonSerializerOptions OneLine = new(Json) { WriteIndented = false };

    /// <exception cref="InvalidDataException">The file is not one of benchmark results.</exception>
    public static BenchmarkResults Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchmarkResults>(RegularFile.ReadAllText(path), Json)
                ?? throw new JsonException("It holds null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} holds no results of simclr bench: {e.Message}", e);
        }
    }

    /// <summary>Writes the file atomically.</summary>
    /// <param name="path">The file, or a folder. In a folder the file is named after the machine.</param>
    /// <returns>The path of the file.</returns>
    public string Save(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, Machine.Slug + ".json") : path;
        AtomicFile.Write(file, [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n']);
        return file;
    }
}
