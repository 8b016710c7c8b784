using System.Text.Json;
using System.Text.Json.Serialization;
using SimClr.Onnx;

namespace EmbeddingService;

/// <summary>What the service has loaded.</summary>
internal sealed record Health(string Status, string Model, int Dimensions, int Classes, int Images);

/// <summary>The answer for one image.</summary>
internal sealed record Answer(
    string Image, ReadOnlyMemory<float>? Embedding = null, IReadOnlyList<ClassProbability>? Classes = null,
    IReadOnlyList<Similar>? Similar = null);

/// <summary>A similar image of the folder.</summary>
internal sealed record Similar(string File, float Cosine);

/// <summary>The JSON of the answers, made by the compiler, because native code has no reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(List<Answer>))]
internal sealed partial class Answers : JsonSerializerContext;
