namespace SimClr.Datasets;

/// <summary>
/// What <c>--data</c> calls a list: <c>@list.txt</c>; or a table with the columns of the classes and perhaps of the groups,
/// <c>@FILE.csv:CLASS</c> or <c>@FILE.csv:CLASS,GROUP</c>.
/// </summary>
/// <param name="File">The path of the list.</param>
/// <param name="Columns">The columns of a table; null for a text.</param>
internal sealed record ListPlace(string File, string? Columns)
{
    private const char Mark = '@';

    /// <summary>Parses a text; null for one that is no list, and for the path of something that exists.</summary>
    public static ListPlace? Of(string data)
    {
        if (data is not [Mark, _, ..] || Path.Exists(data)) return null;
        return !Path.Exists(data[1..]) && ImageTable.Parse(data[1..]) is var (file, columns) ? new(file, columns) : new(data[1..], null);
    }

    /// <summary>The folder of the list, which the names of its images are relative to.</summary>
    public string Folder => Path.GetDirectoryName(Path.GetFullPath(File))!;

    /// <summary>The same list from any working folder.</summary>
    public ListPlace Absolute => this with { File = Path.GetFullPath(File) };

    /// <summary>Opens the list.</summary>
    /// <inheritdoc cref="ListedImagesDataset.Open(string, string, string?)"/>
    public ListedImagesDataset Open() => Columns is null ? ListedImagesDataset.Open(File)
        : Columns.LastIndexOf(',') is > 0 and var comma
            ? ListedImagesDataset.Open(File, Columns[..comma].Trim(), Columns[(comma + 1)..].Trim())
            : ListedImagesDataset.Open(File, Columns);

    /// <summary>The text that <see cref="Of"/> takes.</summary>
    public override string ToString() => Mark + File + (Columns is null ? "" : $":{Columns}");
}
