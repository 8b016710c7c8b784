using System.Globalization;

namespace SimClr;

/// <summary>The text of an exception that refused a value, for people.</summary>
internal static class Refusal
{
    /// <summary>One sentence with the value. .NET adds the parameter in brackets, and the value as a line of its own.</summary>
    public static string Sentence(Exception refusal)
    {
        if (refusal is not ArgumentException { ParamName: var parameter }) return refusal.Message;
        string said = refusal.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal);
        if (refusal is not ArgumentOutOfRangeException { ActualValue: { } value }) return said.ReplaceLineEndings(" ");
        string text = Convert.ToString(value, CultureInfo.InvariantCulture)!.ReplaceLineEndings(" ");
        said = said.Split('\n')[0].TrimEnd().Replace($" ('{text}')", "", StringComparison.Ordinal);
        return said.EndsWith($" {text}.", StringComparison.Ordinal) ? said : $"{said.TrimEnd('.')}, not {text}.";
    }
}
