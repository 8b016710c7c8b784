using System.Reflection;
using System.Text.Json;

namespace SimClr.Cli.Configuration;

/// <summary>One property of a tree of options records that holds a value, not another record.</summary>
/// <param name="Path">Its key: the properties' names in kebab-case, joined by dots.</param>
/// <param name="Properties">The way to it from the root record.</param>
/// <param name="Type">How its values are written.</param>
internal sealed record OptionKey(string Path, IReadOnlyList<PropertyInfo> Properties, OptionType Type)
{
    public static string NameOf(PropertyInfo property) => JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name);

    /// <summary>The properties that an <c>init</c> or a setter fills, in the order of their declaration.</summary>
    public static IEnumerable<PropertyInfo> PropertiesOf(Type record) =>
        record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0);

    /// <summary>Whether a property holds another options record.</summary>
    public static bool IsGroup(Type type) => type.IsClass && type.GetMethod("<Clone>$") is not null;

    /// <summary>All keys of a tree of records, in the order of their declaration.</summary>
    /// <exception cref="NotSupportedException">A property's type cannot be written in a recipe.</exception>
    public static IReadOnlyList<OptionKey> Of(Type record) => [.. Of(record, "", [])];

    private static IEnumerable<OptionKey> Of(Type record, string path, IReadOnlyList<PropertyInfo> above)
    {
        foreach (var property in PropertiesOf(record))
        {
            var key = path + NameOf(property);
            PropertyInfo[] way = [.. above, property];
            if (IsGroup(property.PropertyType))
            {
                foreach (var inner in Of(property.PropertyType, key + ".", way)) yield return inner;
            }
            else
            {
                yield return new OptionKey(key, way, OptionType.Of(property));
            }
        }
    }

    /// <summary>The key among <paramref name="keys"/> that was probably meant, or null where none is like it.</summary>
    public static string? Nearest(string key, IEnumerable<string> keys)
    {
        var (nearest, distance) = keys
            .Select(k => (k, Math.Min(Distance(key, k), Distance(key[(key.LastIndexOf('.') + 1)..], k[(k.LastIndexOf('.') + 1)..]) + 1)))
            .DefaultIfEmpty() // a command without sub-commands knows no word
            .MinBy(k => k.Item2);
        return nearest is not null && distance <= Math.Max(2, key.Length / 2) ? nearest : null;
    }

    // Levenshtein's: insertions, deletions and substitutions of a character.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
