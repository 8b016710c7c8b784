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

    // Keys that are gone, with the value that means what every run has now; null: any value, as it means nothing by itself.
    private static readonly Dictionary<string, (int? Harmless, string Reason)> RemovedKeys = new()
    {
        ["memory.size"] = (0, "the memory of negatives was removed in 0.2 because it made every recorded run worse (docs/log.md). A run with one can be opened, but neither started nor resumed"),
        ["memory.momentum"] = (null, ""),
    };

    /// <summary>What a key of an older version is called now; null where it was none.</summary>
    public static string? NewName(string key) => RenamedIn2.GetValueOrDefault(key);

    /// <summary>The settings of a run that is opened, without keys that are gone.</summary>
    public static IReadOnlyList<Setting> WithoutRemoved(IEnumerable<Setting> settings) => [.. settings.Where(s => !RemovedKeys.ContainsKey(s.Key))];

    /// <summary>Whether a key is gone, and its value asks for nothing that is not as it was.</summary>
    /// <exception cref="ConfigurationException">The key is gone, and its value asks for what is no more.</exception>
    public static bool IsRemoved(Setting setting)
    {
        if (!RemovedKeys.TryGetValue(setting.Key, out var removed)) return false;
        return removed.Harmless is not { } harmless || harmless.Equals(new OptionType(typeof(int), IsList: false, IsNullable: false).Read(setting))
            ? true
            : throw new ConfigurationException($"{setting.Source}: {setting.Key}: {removed.Reason}.");
    }

    /// <summary>Refuses a run whose settings ask for what is no more.</summary>
    /// <exception cref="ConfigurationException">One does; the message names its key.</exception>
    public static void RequireNoneRemoved(IEnumerable<Setting> settings)
    {
        foreach (var setting in settings) _ = IsRemoved(setting);
    }

    /// <summary>A recipe's settings under the keys of today, without the version.</summary>
    /// <exception cref="ConfigurationException">The version is newer than this program's, or is none.</exception>
    public static IReadOnlyList<Setting> Translate(IReadOnlyList<Setting> settings)
    {
        var given = settings.FirstOrDefault(s => s.Key == Key);
        int version = given is null ? 1 : (int)new OptionType(typeof(int), IsList: false, IsNullable: false).Read(given)!;
        if (version is < 1 or > Current)
            throw new ConfigurationException($"{given!.Source}: the recipe has version {version}, but this program reads versions 1 to {Current}{(version > Current ? ". A newer program wrote it" : "")}.");
        settings = [.. settings.Where(s => s.Key != Key)];
        return version == 1 ? [.. settings.Select(s => NewName(s.Key) is { } name ? s with { Key = name } : s)] : settings;
    }
}
