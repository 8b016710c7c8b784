using System.CommandLine;
using SimClr.Datasets;

namespace SimClr.Cli.Commands;

/// <summary><c>--positives</c>: the source of the two views of a pair. The recipe stores the kind, and the run stores the list.</summary>
internal sealed class PositivesOption : Option<string?>
{
    private static readonly string[] Words = ["views", "folder", "list"];

    public PositivesOption() : base("--positives")
    {
        Description = "Where the two views of a pair come from. views: of one image; folder: of two images of a folder; list: of two " +
            "images of a group that --data @list.txt or @FILE.csv:CLASS,GROUP names; FILE.csv:COLUMN: " +
            "of two images with the same value in a list, whose column file (or first other column) names the images.";
        HelpName = "WHICH";
        this.In(HelpGroup.Images).WithDefault("views");
        CompletionSources.Add(Words);
        CustomParser = SharedOptions.WordOrColumn(Name, Words);
    }

    /// <summary>Adds the option to a recipe's options.</summary>
    public RecipeOptions AddTo(RecipeOptions recipe) => recipe.Add(this, "positives", text => Words.Contains(text) ? text! : "column");

    /// <summary>The full path of the list; null if none is named.</summary>
    public GroupColumn? Column(ParseResult parsed) =>
        parsed.GetValue(this) is { } text && !Words.Contains(text) && GroupColumn.Parse(text) is { } list
            ? list with { File = Path.GetFullPath(list.File) } : null;
}
