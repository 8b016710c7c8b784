using System.CommandLine;
using System.Globalization;
using SimClr.Recipes;

namespace SimClr.Cli.Commands;

/// <summary>A command's options that are keys of its options record: the common ones by name, the others by <c>--set</c>.</summary>
internal sealed class RecipeOptions
{
    private readonly Option<string?>? recipe;
    private readonly Option<string[]> set;
    private readonly List<(Option Option, Func<ParseResult, Setting?> Read)> everyday = [];

    /// <param name="description">The description of <c>--set</c>, with an example.</param>
    /// <param name="takesRecipe">Whether <c>--recipe</c> names a file or a built-in recipe with settings.</param>
    public RecipeOptions(string description, bool takesRecipe = false)
    {
        set = new("--set") { Description = $"{description} May be repeated.", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };
        if (!takesRecipe) return;
        recipe = new("--recipe") { Description = "A recipe: the name of a built-in one, or a YAML file.", HelpName = "NAME|FILE" };
        recipe.CompletionSources.Add(_ => Recipe.Names());
    }

    /// <summary>Those of pretraining, whose keys are <see cref="Pretraining.PretrainOptions"/>.</summary>
    public static RecipeOptions OfPretraining() => new RecipeOptions("Any other value of a recipe, for example --set views.min-scale=0.2.", takesRecipe: true)
        .Add(Text("--arch", "resnet18, resnet34, resnet50, resnet101 or resnet152.", "NAME", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"), "encoder.arch")
        .Add(Text("--width", "Factor on the encoder's channels, 0.0625 to 8.", "X"), "encoder.width")
        .Add(Text("--channels", "Channels of the images: 3, 1 for gray (colours are made gray), or an array's bands; default 3.", "C"), "encoder.channels")
        .Add(Text("--image-size", "Side of the views in pixels; default by the images.", "S"), "preprocessing.image-size")
        .Add(Text("--epochs", "Passes over the images.", "N"), "epochs")
        .Add(Text("--batch-size", "Images in a batch.", "N"), "batch-size")
        .Add(Text("--micro-batch-size", "Images of a batch that are in memory at once; default all. The gradient is the same and takes a third more time.", "M"), "micro-batch-size")
        .Add(Text("--precision", "Number format of the network's arithmetic: fp32, tf32 or bf16. The last two are for GPUs.", "NAME", "fp32", "tf32", "bf16"), "precision")
        .Add(Text("--temperature", "τ of the loss.", "T"), "temperature")
        .Add(Text("--optimizer", "sgd, lars or adamw.", "NAME", "sgd", "lars", "adamw"), "optimizer.kind")
        .Add(Text("--lr", "Base learning rate, before it is scaled by the batch.", "X"), "optimizer.learning-rate")
        .Add(Text("--layer-decay", "Factor on the rate from each stage of the encoder to the one before it, in (0, 1]; for encoders that are trained already. Default 1.", "D"), "optimizer.layer-decay")
        .Add(Text("--freeze", "Stages of the encoder that stay as they are: stem, layer1, … layer4, or modules by name, with commas between; for a start from --weights.", "NAMES"), "freeze")
        .Add(Text("--seed", "Seed of the initial weights, the order of the images and the views.", "N"), "seed");

    /// <summary>A common option, parsed by the key's type.</summary>
    public static Option<string?> Text(string name, string description, string helpName, params string[] known)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = helpName };
        option.CompletionSources.Add(known);
        return option;
    }

    /// <summary>Adds a common option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="key">Its key.</param>
    /// <param name="text">The value for the key; null: the option's value.</param>
    public RecipeOptions Add<T>(Option<T> option, string key, Func<T, string>? text = null)
    {
        everyday.Add((option, parsed => parsed.GetValue(option) is { } value and not false
            ? Setting.FromArgument(key, text is null ? Convert.ToString(value, CultureInfo.InvariantCulture)! : text(value), option.Name) : null));
        return this;
    }

    /// <summary>Adds all options to a command.</summary>
    public void AddTo(Command command)
    {
        if (recipe is not null) command.Options.Add(recipe);
        foreach (var (option, _) in everyday) command.Options.Add(option);
        command.Options.Add(set);
    }

    /// <summary>The recipe's settings: the named one's, or the default's where none is named.</summary>
    public IReadOnlyList<Setting> RecipeSettings(ParseResult parsed, string? defaultRecipe = null) =>
        ((recipe is null ? null : parsed.GetValue(recipe)) ?? defaultRecipe) is { } name ? Recipe.Read(name) : [];

    /// <summary>The command line's settings, which go before the recipe's.</summary>
    public IReadOnlyList<Setting> ArgumentSettings(ParseResult parsed) =>
        [.. everyday.Select(e => e.Read(parsed)).OfType<Setting>(), .. (parsed.GetValue(set) ?? []).Select(Setting.Parse)];

    /// <summary>The options: defaults, then the recipe, then the command line.</summary>
    /// <exception cref="ConfigurationException">A key is unknown or given twice, or a value is not of its type.</exception>
    public T Bind<T>(ParseResult parsed, string? defaultRecipe = null) where T : class, new() =>
        OptionsBinder.Bind<T>(RecipeSettings(parsed, defaultRecipe), ArgumentSettings(parsed));

    /// <summary>The options: those given, where the recipe has none of them, then the recipe, then the command line.</summary>
    /// <param name="start">The defaults of this command.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="source">The origin of the defaults, for messages.</param>
    public T BindOver<T>(T start, ParseResult parsed, string source) where T : class, new()
    {
        var given = RecipeSettings(parsed);
        var defaults = Recipe.Parse(OptionsText.ToYaml(start), source);
        return OptionsBinder.Bind<T>([.. defaults.ExceptBy(given.Select(g => g.Key), d => d.Key), .. given], ArgumentSettings(parsed));
    }
}
