using System.CommandLine;
using SimClr.Datasets;

namespace SimClr.Cli.Commands;

/// <summary><c>--positives</c>: where the two views of a pair come from. The recipe keeps the kind, and the run the list.</summary>
internal sealed class PositivesOption : Option<string?>
{
    private static readonly string[] Words = ["views", "folder"];

    public PositivesOption() : base("--positives")
    {
        Description = "Where the two views of a pair come from. views: of one image; folder: of two images of a folder; FILE.csv:COLUMN: of two images with the same value in a list, whose first column (or the column file) names the images.";
        HelpName = "WHICH";
        this.In(HelpGroup.Images).WithDefault("views");
        CompletionSources.Add(Words);
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!Words.Contains(text) && GroupColumn.Parse(text) is null) result.AddError($"{Name} takes views, folder or FILE.csv:COLUMN, not '{text}'.");
            return text;
        };
    }

    /// <summary>Adds it to a recipe's options.</summary>
    public RecipeOptions AddTo(RecipeOptions recipe) => recipe.Add(this, "positives", text => Words.Contains(text) ? text! : "column");

    /// <summary>The list, by its whole path; null where none is named.</summary>
    public GroupColumn? Column(ParseResult parsed) =>
        parsed.GetValue(this) is { } text && !Words.Contains(text) && GroupColumn.Parse(text) is { } list ? list with { File = Path.GetFullPath(list.File) } : null;
}
