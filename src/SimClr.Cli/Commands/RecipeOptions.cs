using System.CommandLine;
using SimClr.Recipes;

namespace SimClr.Cli.Commands;

/// <summary>The options that fill a run's options: a recipe, the everyday ones by name, the rest by <c>--set</c>.</summary>
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
        (Everyday("--arch", "resnet18, resnet34, resnet50, resnet101 or resnet152.", "NAME", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"), "encoder.arch"),
        (Everyday("--width", "Factor on the encoder's channels, 0.0625 to 8.", "X"), "encoder.width"),
        (Everyday("--channels", "Channels of the images: 3, 1 for gray (colours are made gray), or an array's bands; default 3.", "C"), "encoder.channels"),
        (Everyday("--image-size", "Side of the views in pixels; default by the images.", "S"), "preprocessing.image-size"),
        (Everyday("--epochs", "How often every image is shown.", "N"), "epochs"),
        (Everyday("--batch-size", "Images in a batch.", "N"), "batch-size"),
        (Everyday("--micro-batch-size", "Most images of a batch in memory at once; default all. The same gradient for a third more time.", "M"), "micro-batch-size"),
        (Everyday("--precision", "fp32, tf32 or bf16: in which numbers the network computes. The last two are for GPUs.", "NAME", "fp32", "tf32", "bf16"), "precision"),
        (Everyday("--temperature", "τ of NT-Xent.", "T"), "temperature"),
        (Everyday("--optimizer", "sgd, lars or adamw.", "NAME", "sgd", "lars", "adamw"), "optimizer.kind"),
        (Everyday("--lr", "Base learning rate, before it is scaled by the batch.", "X"), "optimizer.learning-rate"),
        (Everyday("--seed", "Decides weights, order and views.", "N"), "seed"),
    ];

    public RecipeOptions() => recipe.CompletionSources.Add(_ => Recipe.Names());

    public void AddTo(Command command)
    {
        command.Options.Add(recipe);
        foreach (var (option, _) in everyday) command.Options.Add(option);
        command.Options.Add(set);
    }

    /// <summary>What the recipe says: the named one's settings, or the default's where none is named.</summary>
    public IReadOnlyList<Setting> RecipeSettings(ParseResult parsed, string? defaultRecipe = null) =>
        (parsed.GetValue(recipe) ?? defaultRecipe) is { } name ? Recipe.Read(name) : [];

    /// <summary>What the command line says, beside the recipe.</summary>
    public IReadOnlyList<Setting> ArgumentSettings(ParseResult parsed) =>
        [
            .. everyday.Where(e => parsed.GetValue(e.Option) is not null).Select(e => Setting.FromArgument(e.Key, parsed.GetValue(e.Option)!, e.Option.Name)),
            .. (parsed.GetValue(set) ?? []).Select(Setting.Parse),
        ];

    private static Option<string?> Everyday(string name, string description, string helpName, params string[] known)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = helpName };
        option.CompletionSources.Add(known);
        return option;
    }
}
