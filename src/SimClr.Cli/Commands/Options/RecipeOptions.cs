using System.CommandLine;
using System.Globalization;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.Runs;

namespace SimClr.Cli.Commands;

/// <summary>A command's options that are keys of its options record: the common ones by name, the others by <c>--set</c>.</summary>
internal sealed class RecipeOptions
{
    private readonly Option<string?>? recipe;
    private readonly Option<string[]> set;
    private readonly List<(Option Option, string Key, Func<ParseResult, Setting?> Read)> everyday = [];

    /// <param name="description">The description of <c>--set</c>, with an example.</param>
    /// <param name="takesRecipe">Whether <c>--recipe</c> names a file or a built-in recipe with settings.</param>
    public RecipeOptions(string description, bool takesRecipe = false)
    {
        set = new Option<string[]>("--set") { Description = description, HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] }
            .In(HelpGroup.Training);
        if (!takesRecipe) return;
        recipe = new Option<string?>("--recipe")
        { Description = "Recipe: the name of a built-in one, or a YAML file.", HelpName = "NAME|FILE" }
            .WithMore(() => $"Names: {string.Join(", ", Recipe.Names())}.");
        recipe.CompletionSources.Add(_ => Recipe.Names());
    }

    /// <summary>Those of pretraining, whose keys are <see cref="PretrainOptions"/>.</summary>
    /// <param name="defaultRecipe">
    /// The recipe that the command uses by default. Help shows its values as defaults. Null: the command has its own defaults.
    /// </param>
    /// <param name="shown">The names of those that <c>--help</c> shows; empty: the everyday ones.</param>
    public static RecipeOptions OfPretraining(string? defaultRecipe, params string[] shown)
    {
        var options = new RecipeOptions("Any key of a recipe, for example views.min-scale=0.2. " +
            "May be repeated; docs/cli.md lists the keys.", takesRecipe: true)
            .Add(Text("--epochs", "Passes over the images. auto: about 300,000 images shown (3,000,000 on a GPU), " +
                "1 to 1,000 epochs.", "N|auto"), "epochs")
            .Add(Text("--batch-size", "Images in a batch. auto: " +
                "128 (512 on a GPU), less for few images or little memory.", "N|auto"), "batch-size")
            .Add(Text("--image-size", "Side of the views, in pixels. auto: 96, or 64 or 32 for smaller images.", "S|auto")
                .In(HelpGroup.Images), "preprocessing.image-size")
            .Add(Text("--value-range", "Values of the images that become 0 and 1; those outside are clipped. " +
                "auto: the range of the type; for floats, and 16 bits that use little of theirs, " +
                "from the 0.1th to the 99.9th percentile.", "LOW,HIGH|auto")
                .In(HelpGroup.Images).ForFew(), "preprocessing.value-range")
            .Add(Text("--channels", "Channels of the images. 1 is gray, and colours are made gray; other numbers are bands. " +
                "A list, for example 3,2,1, chooses and reorders them; the first is 1.", "C|LIST").In(HelpGroup.Images).ForFew(),
                "encoder.channels")
            .Add(Text("--pages", "Pages of a TIFF. first: the first is the image; channels: the channels of all follow each other.",
                "WHICH", "first", "channels").In(HelpGroup.Images).ForFew(), "preprocessing.decoding.pages")
            .Add(Architecture().In(HelpGroup.Encoder), "encoder.arch")
            .Add(Text("--width", "Factor on the channels of a ResNet, 0.0625 to 8, or a ConvNeXt, to 4.", "X")
                .In(HelpGroup.Encoder), "encoder.width")
            .Add(Text("--freeze", "Stages that are not trained, with commas between. stem, " +
                "layer1, … layer4, or modules by name; for a start from --weights.", "NAMES").In(HelpGroup.Encoder).ForFew(), "freeze")
            .Add(Text("--temperature", "τ of the loss.", "T").In(HelpGroup.Training), "temperature")
            .Add(Text("--optimizer", "sgd, lars or adamw.", "NAME", "sgd", "lars", "adamw").In(HelpGroup.Training), "optimizer.kind")
            .Add(Text("--lr", "Base learning rate, before scaling by the batch size.", "X")
                .In(HelpGroup.Training), "optimizer.learning-rate")
            .Add(Text("--layer-decay", "Factor on the learning rate from each stage to the one before it, in (0, 1]. " +
                "For encoders that are already trained.", "D").In(HelpGroup.Training).ForFew(), "optimizer.layer-decay")
            .Add(Text("--seed", "Seed of initial weights, order of the images and views.", "N").In(HelpGroup.Training), "seed")
            .Add(Text("--precision", "Number format: auto, fp32, tf32 or bf16. tf32 is for GPUs; " +
                "auto is bf16 on a GPU that has it, else fp32.", "NAME", "auto", "fp32", "tf32", "bf16").In(HelpGroup.Machine), "precision")
            .Add(Text("--micro-batch-size", "Most images of a batch in memory at once. " +
                "The gradient is the same and takes a third more time.", "M").In(HelpGroup.Machine).ForFew(), "micro-batch-size");
        foreach (var (option, _, _) in options.everyday.Where(e => shown.Length > 0 && !shown.Contains(e.Option.Name))) option.ForFew();
        if (defaultRecipe is not null) options.ShowDefaults(defaultRecipe);
        return options;
    }

    /// <summary>The option for the encoder's architecture.</summary>
    public static Option<string?> Architecture() => Text("--arch", "resnet18, 34, 50, 101, 152; vit-tiny, -small, -base, -large; " +
        "convnext-tiny, -small, -base; or a TorchScript file.", "NAME|FILE.pt",
        [.. Architectures]);

    /// <summary>The names of the built-in architectures.</summary>
    public static IReadOnlyList<string> Architectures { get; } =
        OptionKey.Of(typeof(PretrainOptions)).First(key => key.Path == "encoder.arch").Type.Choices!;

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
        everyday.Add((option, key, parsed => parsed.GetValue(option) is { } value and not false
            ? Setting.FromArgument(key, text is null ? Convert.ToString(value, CultureInfo.InvariantCulture)! : text(value), option.Name)
                : null));
        return this;
    }

    /// <summary>Adds all options to a command.</summary>
    public void AddTo(Command command)
    {
        if (recipe is not null) command.Options.Add(recipe);
        foreach (var (option, _, _) in everyday) command.Options.Add(option);
        command.Options.Add(set);
    }

    /// <summary>The settings of the recipe that is named; null where none is.</summary>
    public IReadOnlyList<Setting>? RecipeSettings(ParseResult parsed) =>
        recipe is not null && parsed.GetValue(recipe) is { } name ? Recipe.Read(name) : null;

    /// <summary>The command line's settings, which replace the recipe's.</summary>
    public IReadOnlyList<Setting> ArgumentSettings(ParseResult parsed) =>
        [.. everyday.Select(e => e.Read(parsed)).OfType<Setting>().SelectMany(ScriptArgument.Expand).SelectMany(ChannelsArgument.Expand),
            .. (parsed.GetValue(set) ?? []).Select(Setting.Parse)];

    /// <summary>
    /// The options of pretraining: defaults, then the recipe, then the command line. The program may choose some of the values.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="defaultRecipe">The recipe where none is named; null: <see cref="AutomaticOptions.DefaultRecipe"/>.</param>
    /// <exception cref="ConfigurationException">A key is unknown or given twice, or a value is not of its type.</exception>
    public AutomaticOptions Automatic(ParseResult parsed, string? defaultRecipe = null) =>
        new(RecipeSettings(parsed) ?? (defaultRecipe is null ? null : Recipe.Read(defaultRecipe)), ArgumentSettings(parsed));

    /// <summary>
    /// The options: first those given here, then the recipe, then the command line, of which the later ones win. <c>auto</c> means the
    /// command's own value.
    /// </summary>
    /// <param name="start">The defaults of this command.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="source">The origin of the defaults, for messages.</param>
    /// <param name="rename">What the command's record calls the key of an option; null: the same.</param>
    public T BindOver<T>(T start, ParseResult parsed, string source, Func<string, string>? rename = null) where T : class, new()
    {
        var given = AutomaticOptions.WithoutAuto(RecipeSettings(parsed) ?? []).ToList();
        var defaults = Recipe.Parse(OptionsText.ToYaml(start), source);
        return OptionsBinder.Bind<T>([.. defaults.ExceptBy(given.Select(g => g.Key), d => d.Key), .. given],
            AutomaticOptions.WithoutAuto(ArgumentSettings(parsed)).Select(setting =>
                rename is null || setting.Source == set.Name ? setting : setting with { Key = rename(setting.Key) }));
    }

    /// <summary>Shows the defaults of a command that has its own.</summary>
    /// <param name="defaultOf">The text for a key; null: none is shown.</param>
    public void ShowDefaults(Func<string, string?> defaultOf)
    {
        foreach (var (option, key, _) in everyday) option.WithDefault(() => defaultOf(key));
    }

    // A value of the recipe, or else of the records.
    private void ShowDefaults(string defaultRecipe)
    {
        recipe!.WithDefault(defaultRecipe);
        ShowDefaults(key =>
        {
            string value = Recipe.Read(defaultRecipe).FirstOrDefault(setting => setting.Key == key)?.Value.ToString()
                ?? OptionsText.Describe(typeof(PretrainOptions)).First(known => known.Key == key).Default;
            return value is "" or "null" || (value == "0" && key != "seed") ? null : value;
        });
    }
}
