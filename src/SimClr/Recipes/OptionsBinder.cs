using System.Reflection;
using SimClr.IO;

namespace SimClr.Recipes;

/// <summary>
/// Fills a tree of option records: first the records' own defaults, then a recipe, then the command line. A record has <c>init</c>
/// properties. It may check itself in its <c>init</c> accessors or in a method <c>Validate()</c>. It is sealed, or abstract with the kinds
/// in its <c>[JsonDerivedType]</c> attributes. Then the key <c>kind</c> selects one, and keys of other kinds are refused.
/// </summary>
public static class OptionsBinder
{
    /// <summary>The options for a recipe and arguments.</summary>
    /// <param name="recipe">The settings of a recipe; empty for the defaults.</param>
    /// <param name="arguments">
    /// The settings of the command line, which override the recipe's. A duplicate key is an error, so that no setting is silently ignored.
    /// </param>
    /// <exception cref="ConfigurationException">
    /// A key is unknown or a duplicate, or a value has the wrong type or is out of range.
    /// </exception>
    public static T Bind<T>(IEnumerable<Setting> recipe, IEnumerable<Setting> arguments)
        where T : class, new()
    {
        var keys = OptionKey.Of(typeof(T)).ToDictionary(k => k.Path);
        var settings = Checked(OptionKinds.WithImplied(recipe, keys.Values), keys);
        var given = Checked(OptionKinds.WithImplied(arguments.Select(a => Renamed(a, keys)), keys.Values), keys);
        // If the command line selects another kind, the recipe's settings for its own kind are dropped.
        foreach (var (key, setting) in given.Where(g => keys[g.Key].IsKind))
        {
            string group = key[..^OptionKinds.Key.Length], kind = (string)keys[key].Type.Read(setting)!;
            foreach (string other in settings.Keys.Where(
                k => k.StartsWith(group, StringComparison.Ordinal) && !OptionKinds.IsOf(kind, keys[k], settings[k])).ToList())
                settings.Remove(other);
        }
        foreach (var (key, setting) in given) settings[key] = setting;
        return (T)Fill(new T(), "", settings, keys);
    }

    // A command line has no version: keys of older versions are recognised by their names.
    private static Setting Renamed(Setting setting, Dictionary<string, OptionKey> keys) =>
        !keys.ContainsKey(setting.Key) && RecipeVersion.NewName(setting.Key) is { } name && keys.ContainsKey(name)
            ? setting with { Key = name }
            : setting;

    private static Dictionary<string, Setting> Checked(IEnumerable<Setting> settings, Dictionary<string, OptionKey> keys)
    {
        var byKey = new Dictionary<string, Setting>();
        foreach (var setting in settings)
        {
            if (!keys.ContainsKey(setting.Key))
            {
                if (RecipeVersion.IsRemoved(setting)) continue;
                throw Unknown(setting, keys.Keys);
            }
            if (!byKey.TryAdd(setting.Key, setting))
                throw new ConfigurationException($"{setting.Place} is given twice, first in {byKey[setting.Key].Source}.");
        }
        return byKey;
    }

    private static ConfigurationException Unknown(Setting setting, IReadOnlyCollection<string> keys)
    {
        var inside = keys.Where(k => k.StartsWith(setting.Key + ".", StringComparison.Ordinal)).ToList();
        if (inside.Count > 0)
            return new($"{setting.Place} is a group of keys, not a value. Set {string.Join(", ", inside)}.");
        string? nearest = RecipeVersion.NewName(setting.Key) ?? Spelling.Nearest(setting.Key, keys);
        return new($"{setting.Source}: there is no key '{setting.Key}'.{(nearest is null ? "" : $" Did you mean {nearest}?")}");
    }

    // A copy, because the defaults may be shared, for example a named policy. Inner records come first, so that the outer one checks the
    // final values.
    private static object Fill(object defaults, string path, Dictionary<string, Setting> settings, Dictionary<string, OptionKey> keys)
    {
        var type = defaults.GetType();
        var record = type.GetMethod("<Clone>$")!.Invoke(defaults, null)!;
        foreach (var property in OptionKey.PropertiesOf(type))
        {
            var key = path + OptionKey.NameOf(property);
            if (OptionKey.IsGroup(property.PropertyType))
                Checking(settings, _ => key, () => property.SetValue(record,
                    Fill(OfKind(property.PropertyType, property.GetValue(record)!, key + ".", settings, keys), key + ".", settings, keys)));
            else if (settings.TryGetValue(key, out var setting))
                Checking(settings, _ => key, () => property.SetValue(record, OptionType.Of(property).Read(setting)));
        }
        if (type.GetMethod("Validate", BindingFlags.Public | BindingFlags.Instance, []) is { } validate)
            Checking(settings, RefusedKey, () => validate.Invoke(record, null));
        return record;

        string RefusedKey(ArgumentException refusal) => KeyOf(type, path, refusal.ParamName) ?? path.TrimEnd('.');
    }

    // The defaults of the selected kind.
    private static object OfKind(
        Type group, object defaults, string path, Dictionary<string, Setting> settings, Dictionary<string, OptionKey> keys)
    {
        if (OptionKinds.NameOf(group, defaults) is not { } kind) return defaults;
        if (settings.TryGetValue(path + OptionKinds.Key, out var asked)) kind = (string)keys[asked.Key].Type.Read(asked)!;
        if (settings.Values.FirstOrDefault(s => s.Key.StartsWith(path, StringComparison.Ordinal)
            && keys[s.Key].Kinds?.Contains(kind) == false) is { } foreign)
            throw new ConfigurationException($"{foreign.Source}: {foreign.Key} is a key " +
                $"of {path}{OptionKinds.Key} {string.Join(" or ", keys[foreign.Key].Kinds!)}, but the kind is {kind}.");
        var record = OptionKinds.Of(group).First(k => k.Name == kind).Record;
        return record == defaults.GetType() ? defaults : OptionKinds.New(record);
    }

    // The exception's parameter may name the property. It may belong to an inner record that the outer one checks.
    private static string? KeyOf(Type type, string path, string? parameter)
    {
        var properties = OptionKey.PropertiesOf(type).ToList();
        if (properties.Find(p => p.Name == parameter) is { } property) return path + OptionKey.NameOf(property);
        return properties.Where(p => OptionKey.IsGroup(p.PropertyType))
            .Select(p => KeyOf(p.PropertyType, $"{path}{OptionKey.NameOf(p)}.", parameter)).FirstOrDefault(key => key is not null);
    }

    private static void Checking(Dictionary<string, Setting> settings, Func<ArgumentException, string> keyOf, Action act)
    {
        try
        {
            act();
        }
        catch (TargetInvocationException e) when (e.InnerException is ArgumentException refusal)
        {
            var key = keyOf(refusal);
            // A value that was not given may conflict with one that was. Then the given one is named.
            string group = key[..(key.LastIndexOf('.') + 1)];
            var given = settings.GetValueOrDefault(key)
                ?? settings.Values.FirstOrDefault(s => group.Length > 0 && s.Key.StartsWith(group, StringComparison.Ordinal));
            string place = given is null ? key : (given with { Key = key }).Place;
            string sentence = Refusal.Sentence(refusal);
            if (place.Length > 0) sentence = sentence.StartsWith($"{refusal.ParamName} ", StringComparison.Ordinal)
                ? place + sentence[refusal.ParamName!.Length..] : $"{place}: {sentence}";
            throw new ConfigurationException(sentence, refusal);
        }
    }
}
