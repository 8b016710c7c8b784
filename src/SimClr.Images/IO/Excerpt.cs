namespace SimClr.IO;

/// <summary>What a message quotes of a file that anybody may have written: its names and values may be of any length.</summary>
internal static class Excerpt
{
    private const int Most = 120;

    /// <summary>The text, or where it is long its beginning and how much there is.</summary>
    public static string Of(string text) => text.Length <= Most ? text : $"{text[..Most]}… ({text.Length} characters)";
}
