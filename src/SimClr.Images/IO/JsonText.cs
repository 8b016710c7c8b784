using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimClr.IO;

/// <summary>The options for writing and reading JSON. Both are shared; copy them before changing anything.</summary>
public static class JsonText
{
    /// <summary>For texts that people read too: indented, property names unchanged.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>
    /// For records in files: indented, names in snake_case. Reading is strict, as <c>JsonSerializerOptions.Strict</c>: an unknown key, a
    /// missing key, a duplicate key and an unexpected null are errors.
    /// </summary>
    public static JsonSerializerOptions Records { get; } = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };
}
