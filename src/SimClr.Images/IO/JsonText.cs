using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimClr.IO;

/// <summary>How JSON is written and read. Both options are shared: whoever needs others makes a copy.</summary>
public static class JsonText
{
    /// <summary>Texts that people look at too: indented, names as they are.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    /// <summary>
    /// Records in files: indented, names in snake_case; read strictly, as <c>JsonSerializerOptions.Strict</c>: an unknown or missing key, one that is there twice and a null where
    /// none may be are errors.
    /// </summary>
    public static JsonSerializerOptions Records { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };
}
