using System.Text;
using System.Text.RegularExpressions;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// A pattern of paths, as in <c>photos/**/*.jpg</c>: <c>*</c> is any text within a name, <c>?</c> one character of a name, and <c>**</c>
/// any folders, or none. Upper and lower case differ.
/// </summary>
internal sealed class PathPattern
{
    private readonly string text;
    private readonly Regex regex;

    private PathPattern(string text, string folder, string below)
    {
        (this.text, Folder, Name) = (text, folder, $"{new DirectoryInfo(folder).Name}/{below}");
        var expression = new StringBuilder("^");
        for (int i = 0; i < below.Length; i++)
        {
            bool isDouble = below[i] == '*' && i + 1 < below.Length && below[i + 1] == '*';
            bool isFolders = isDouble && i + 2 < below.Length && below[i + 2] == '/';
            expression.Append(isFolders ? "(?:.*/)?" : isDouble ? ".*" : below[i] switch
            {
                '*' => "[^/]*",
                '?' => "[^/]",
                var letter => Regex.Escape(letter.ToString()),
            });
            i += isFolders ? 2 : isDouble ? 1 : 0;
        }
        regex = new Regex(
            expression.Append('$').ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <summary>The folder before the first name with a star or a question mark: all matches are below it.</summary>
    public string Folder { get; }

    /// <summary>The pattern without the folders above <see cref="Folder"/>, for people.</summary>
    public string Name { get; }

    /// <summary>Whether a path relative to <see cref="Folder"/> matches.</summary>
    public bool Matches(string path) => regex.IsMatch(path);

    /// <summary>Parses a text; null if it has no star and no question mark, or names something that exists.</summary>
    public static PathPattern? Of(string text)
    {
        int wild = text.AsSpan().IndexOfAny('*', '?');
        if (wild < 0 || Path.Exists(text)) return null;
        text = PortablePath.Of(text);
        int slash = text.LastIndexOf('/', wild);
        string root = PortablePath.Of(Path.GetPathRoot(text) ?? ""); // "/", and C:/ on Windows, where C: is another folder
        return new(text, slash < 0 ? "." : slash < root.Length ? root : text[..slash], text[(slash + 1)..]);
    }

    /// <summary>The text of the pattern.</summary>
    public override string ToString() => text;
}
