using System.CommandLine;
using SimClr.Cli.Configuration;
using SimClr.Training;

namespace SimClr.Cli.Commands;

/// <summary>The options that fill <see cref="PretrainOptions"/>: a recipe, the everyday ones by name, the rest by <c>--set</c>.</summary>
internal sealed class RecipeOptions
{
    private readonly Option<string?> recipe = new("--recipe") { Description = "A recipe: the name of a built-in one, or a YAML file.", HelpName = "NAME|FILE" };

    private readonly Option<string[]> set = new("--set")
    {
        Description = "Any other value of a recipe, for example --set views.min-scale=0.2. May be repeated.",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    private readonly List<(Option<string?> Option, string Key)> everyday =
    [
        (Everyday("--arch", "resnet18, resnet34, resnet50, resnet101 or resnet152.", "NAME"), "encoder.arch"),
        (Everyday("--width", "Factor on the encoder's channels, 0.0625 to 8.", "X"), "encoder.width"),
        (Everyday("--image-size", "Side of the views in pixels; default by the images.", "S"), "image-size"),
        (Everyday("--epochs", "How often every image is shown.", "N"), "epochs"),
        (Everyday("--batch-size", "Images in a batch.", "N"), "batch-size"),
        (Everyday("--temperature", "τ of NT-Xent.", "T"), "temperature"),
        (Everyday("--optimizer", "sgd, lars or adam-w.", "NAME"), "optimizer.kind"),
        (Everyday("--lr", "Base learning rate, before it is scaled by the batch.", "X"), "optimizer.learning-rate"),
        (Everyday("--seed", "Decides weights, order and views.", "N"), "seed"),
    ];

    public void AddTo(Command command)
    {
        command.Options.Add(recipe);
        foreach (var (option, _) in everyday) command.Options.Add(option);
        command.Options.Add(set);
    }

    /// <summary>Whether a recipe was named.</summary>
    public bool HasRecipe(ParseResult parsed) => parsed.GetValue(recipe) is not null;

    /// <summary>The assignments given on the command line.</summary>
    public IReadOnlyList<string> Assignments(ParseResult parsed) =>
        [
            .. everyday.Where(e => parsed.GetValue(e.Option) is not null).Select(e => $"{e.Key}={parsed.GetValue(e.Option)}"),
            .. parsed.GetValue(set) ?? [],
        ];

    /// <summary>Defaults, then the recipe, then the command line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="defaultRecipe">The recipe where none is named; null for none.</param>
    public PretrainOptions Read(ParseResult parsed, string? defaultRecipe = null) =>
        Recipe.Read<PretrainOptions>(parsed.GetValue(recipe) ?? defaultRecipe, Assignments(parsed));

    private static Option<string?> Everyday(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName };
}
