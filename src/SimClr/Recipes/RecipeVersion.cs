namespace SimClr.Recipes;

/// <summary>The version of a recipe's keys, its line <c>version: 2</c>. Version 0.1 of the program wrote none: that is version 1.</summary>
internal static class RecipeVersion
{
    /// <summary>The current version.</summary>
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

    // Removed keys, with the value that equals today's behaviour; null: any value, because the key has no effect.
    private static readonly Dictionary<string, (int? Harmless, string Reason)> RemovedKeys = new()
    {
        ["memory.size"] = (0, "the memory of negatives was removed in 0.2 because it made every recorded run worse (docs/log.md). " +
            "A run with one can be opened, but neither started nor resumed"),
        ["memory.momentum"] = (null, ""),
    };

    /// <summary>The current name of a key of an older version; null if it was not renamed.</summary>
    public static string? NewName(string key) => RenamedIn2.GetValueOrDefault(key);

    /// <summary>The settings of an opened run, without removed keys.</summary>
    public static IReadOnlyList<Setting> WithoutRemoved(IEnumerable<Setting> settings) =>
        [.. settings.Where(s => !RemovedKeys.ContainsKey(s.Key))];

    /// <summary>Whether a key was removed, and its value equals today's behaviour.</summary>
    /// <exception cref="ConfigurationException">The key was removed, and its value asks for something that no longer exists.</exception>
    public static bool IsRemoved(Setting setting)
    {
        if (!RemovedKeys.TryGetValue(setting.Key, out var removed)) return false;
        return removed.Harmless is not { } harmless
            || harmless.Equals(new OptionType(typeof(int), IsList: false, IsNullable: false).Read(setting))
            ? true
            : throw new ConfigurationException($"{setting.Place}: {removed.Reason}.");
    }

    /// <summary>Refuses a run whose settings ask for something that no longer exists.</summary>
    /// <exception cref="ConfigurationException">A setting does; the message names its key.</exception>
    public static void RequireNoneRemoved(IEnumerable<Setting> settings)
    {
        foreach (var setting in settings) _ = IsRemoved(setting);
    }

    /// <summary>The settings of a recipe with current keys, without the version.</summary>
    /// <exception cref="ConfigurationException">The version is newer than this program's, or is not a version.</exception>
    public static IReadOnlyList<Setting> Translate(IReadOnlyList<Setting> settings)
    {
        var given = settings.FirstOrDefault(s => s.Key == Key);
        int version = given is null ? 1 : (int)new OptionType(typeof(int), IsList: false, IsNullable: false).Read(given)!;
        if (version is < 1 or > Current)
            throw new ConfigurationException($"{given!.Source}: the recipe has version {version}, " +
                $"but this program reads versions 1 to {Current}{(version > Current ? ". A newer program wrote it" : "")}.");
        settings = [.. settings.Where(s => s.Key != Key)];
        return version == 1 ? [.. settings.Select(s => NewName(s.Key) is { } name ? s with { Key = name } : s)] : settings;
    }
}
