using SimClr.RunFolders;

namespace SimClr.Cli.Reports;

/// <summary>Everything that a report's page shows, in the words of its script. What is null or empty has no section.</summary>
internal sealed record ReportData
{
    public required string Title { get; init; }

    /// <summary>One line: what was trained on what.</summary>
    public required string Subtitle { get; init; }

    /// <summary>The state of a run that is watched; null in a report.</summary>
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

    /// <summary>By the names under which sections mention them.</summary>
    public IReadOnlyDictionary<string, SpriteData> Sprites { get; init; } = new Dictionary<string, SpriteData>();
}

/// <summary>A number that comes first.</summary>
/// <param name="Name">The quantity.</param>
/// <param name="Value">With its unit.</param>
/// <param name="Note">What to compare it with.</param>
internal sealed record KeyFigure(string Name, string Value, string Note = "");

/// <summary>A table under the heading of a section.</summary>
/// <param name="Section">The id of the section in <c>page.html</c>.</param>
/// <param name="Columns">Headings; one that begins with a point is of numbers.</param>
/// <param name="Rows">As many cells as columns.</param>
/// <param name="Marked">The rows that stand out.</param>
/// <param name="Note">A line below.</param>
internal sealed record ReportTable(string Section, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlyList<int> Marked, string Note = "");

/// <summary>A confusion matrix: the predicted classes of each class's test images.</summary>
/// <param name="Classes">Their names.</param>
/// <param name="Counts">[class][predicted class].</param>
/// <param name="Note">By which classifier, on which images.</param>
internal sealed record ConfusionData(IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<long>> Counts, string Note);

/// <summary>Pictures with captions, in rows.</summary>
/// <param name="Section">The id of the section in <c>page.html</c>.</param>
/// <param name="Sprite">The name of the sprite with the tiles.</param>
/// <param name="Note">A line above.</param>
/// <param name="Rows">From top to bottom.</param>
internal sealed record PictureSection(string Section, string Sprite, string Note, IReadOnlyList<PictureRow> Rows);

/// <summary>Pictures beside each other.</summary>
/// <param name="Caption">Above or before them.</param>
/// <param name="Pictures">From left to right.</param>
/// <param name="Mark"><c>right</c> or <c>wrong</c>; null where there is nothing to be right about.</param>
internal sealed record PictureRow(string Caption, IReadOnlyList<PictureData> Pictures, string? Mark = null);

/// <summary>One picture.</summary>
/// <param name="Tile">Its place in the sprite.</param>
/// <param name="Caption">Below it.</param>
/// <param name="Mark">As of a row.</param>
internal sealed record PictureData(int Tile, string Caption, string? Mark = null);

/// <summary>Many small pictures as one image.</summary>
/// <param name="Uri">A data URI.</param>
/// <param name="Side">Of a tile, in pixels.</param>
/// <param name="Columns">Tiles in a row.</param>
/// <param name="Count">Tiles in all.</param>
internal sealed record SpriteData(string Uri, int Side, int Columns, int Count);
