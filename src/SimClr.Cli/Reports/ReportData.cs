using SimClr.RunFolders;

namespace SimClr.Cli.Reports;

/// <summary>All data of a report's page, with the names that its script uses. A section without data is left out.</summary>
internal sealed record ReportData
{
    public required string Title { get; init; }

    /// <summary>One line: what was trained on what.</summary>
    public required string Subtitle { get; init; }

    /// <summary>The state of a run that is being watched; null in a report.</summary>
    public string? Live { get; init; }

    /// <summary>What is missing, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public IReadOnlyList<KeyFigure> Figures { get; init; } = [];

    /// <summary>One run, or several that are compared.</summary>
    public IReadOnlyList<RunCurves> Runs { get; init; } = [];

    public IReadOnlyList<CurvePanel> Panels { get; init; } = [];

    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    public ConfusionData? Confusion { get; init; }

    public MapData? Map { get; init; }

    public IReadOnlyList<PictureSection> Pictures { get; init; } = [];

    /// <summary>The sprites by the names that sections use.</summary>
    public IReadOnlyDictionary<string, SpriteData> Sprites { get; init; } = new Dictionary<string, SpriteData>();
}

/// <summary>An important number, shown first.</summary>
/// <param name="Name">The quantity.</param>
/// <param name="Value">The number with its unit.</param>
/// <param name="Note">A comparison value or remark.</param>
internal sealed record KeyFigure(string Name, string Value, string Note = "");

/// <summary>A table under the heading of a section.</summary>
/// <param name="Section">The id of the section in <c>page.html</c>.</param>
/// <param name="Columns">The headings. A column whose heading begins with a point has numbers.</param>
/// <param name="Rows">As many cells as columns.</param>
/// <param name="Marked">The highlighted rows.</param>
/// <param name="Note">A line below.</param>
internal sealed record ReportTable(string Section, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows,
    IReadOnlyList<int> Marked, string Note = "");

/// <summary>A confusion matrix: the predicted classes of each class's test images.</summary>
/// <param name="Classes">Their names.</param>
/// <param name="Counts">[class][predicted class].</param>
/// <param name="Note">The classifier and the images.</param>
internal sealed record ConfusionData(IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<long>> Counts, string Note);

/// <summary>Pictures with captions, in rows.</summary>
/// <param name="Section">The id of the section in <c>page.html</c>.</param>
/// <param name="Sprite">The name of the sprite with the tiles.</param>
/// <param name="Note">A line above.</param>
/// <param name="Rows">From top to bottom.</param>
internal sealed record PictureSection(string Section, string Sprite, string Note, IReadOnlyList<PictureRow> Rows);

/// <summary>Pictures beside each other.</summary>
/// <param name="Caption">The text above or before them.</param>
/// <param name="Pictures">From left to right.</param>
/// <param name="Mark"><c>right</c> or <c>wrong</c>; null if neither applies.</param>
internal sealed record PictureRow(string Caption, IReadOnlyList<PictureData> Pictures, string? Mark = null);

/// <summary>One picture.</summary>
/// <param name="Tile">Its index in the sprite.</param>
/// <param name="Caption">The text below it.</param>
/// <param name="Mark"><c>right</c> or <c>wrong</c>; null if neither applies.</param>
internal sealed record PictureData(int Tile, string Caption, string? Mark = null);

/// <summary>Many small pictures as one image.</summary>
/// <param name="Uri">A data URI.</param>
/// <param name="Side">The side of a tile in pixels.</param>
/// <param name="Columns">Tiles per row.</param>
/// <param name="Count">Tiles in all.</param>
internal sealed record SpriteData(string Uri, int Side, int Columns, int Count);
