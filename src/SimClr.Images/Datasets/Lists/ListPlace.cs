namespace SimClr.Datasets;

/// <summary>What <c>--data</c> calls a list: <c>@list.txt</c>, or <c>@FILE.csv:COLUMN</c>.</summary>
/// <param name="File">The path of the list.</param>
/// <param name="Column">The column of the classes, if the list is a table; else null.</param>
internal sealed record ListPlace(string File, string? Column)
{
    private const char Mark = '@';

    /// <summary>Parses a text; null for one that is no list, and for the path of something that exists.</summary>
    public static ListPlace? Of(string data)
    {
        if (data is not [Mark, _, ..] || Path.Exists(data)) return null;
        return !Path.Exists(data[1..]) && ImageTable.Parse(data[1..]) is var (file, column) ? new(file, column) : new(data[1..], null);
    }

    /// <summary>The folder of the list, which the names of its images are relative to.</summary>
    public string Folder => Path.GetDirectoryName(Path.GetFullPath(File))!;

    /// <summary>The same list from any working folder.</summary>
    public ListPlace Absolute => this with { File = Path.GetFullPath(File) };

    /// <summary>Opens the list.</summary>
    /// <inheritdoc cref="ListedImagesDataset.Open(string, string)"/>
    public ListedImagesDataset Open() =>
        Column is null ? ListedImagesDataset.Open(File) : ListedImagesDataset.Open(File, Column);

    /// <summary>The text that <see cref="Of"/> takes.</summary>
    public override string ToString() => Mark + File + (Column is null ? "" : $":{Column}");
}
