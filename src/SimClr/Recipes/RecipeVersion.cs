namespace SimClr.Recipes;

/// <summary>The version of a recipe's keys, its line <c>version: 2</c>. Version 0.1 of the program wrote none: that is version 1.</summary>
internal static class RecipeVersion
{
    /// <summary>The version that is written.</summary>
    public const int Current = 2;

    /// <summary>The key of the version.</summary>
    public const string Key = "version";

    private static readonly Dictionary<string, string> RenamedIn2 = new()
    {
        ["image-size"] = "preprocessing.image-size",
        ["views.mean"] = "preprocessing.mean",
        ["views.standard-deviation"] = "preprocessing.standard-deviation",
        ["views.interpolation"] = "preprocessing.interpolation",
    };

    /// <summary>What a key of an older version is called now; null where it was none.</summary>
    public static string? NewName(string key) => RenamedIn2.GetValueOrDefault(key);

    /// <summary>A recipe's settings under the keys of today, without the version.</summary>
    /// <exception cref="ConfigurationException">The version is newer than this program's, or is none.</exception>
    public static IReadOnlyList<Setting> Translate(IReadOnlyList<Setting> settings)
    {
        var given = settings.FirstOrDefault(s => s.Key == Key);
        int version = given is null ? 1 : (int)new OptionType(typeof(int), IsList: false, IsNullable: false).Read(given)!;
        if (version is < 1 or > Current)
            throw new ConfigurationException($"{given!.Source}: the recipe is of version {version}, and this program reads versions 1 to {Current}{(version > Current ? ": a newer one wrote it" : "")}.");
        settings = [.. settings.Where(s => s.Key != Key)];
        return version == 1 ? [.. settings.Select(s => NewName(s.Key) is { } name ? s with { Key = name } : s)] : settings;
    }
}
