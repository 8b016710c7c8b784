namespace SimClr.IO;

/// <summary>Shortens what a message quotes from an untrusted file: its names and values may have any length.</summary>
internal static class Excerpt
{
    private const int Most = 120;

    /// <summary>The text. A long text is cut, and its length is added.</summary>
    public static string Of(string text) => text.Length <= Most ? text : $"{text[..Most]}… ({text.Length} characters)";
}
