using System.Reflection;
using System.Text.Json;

namespace SimClr.Recipes;

/// <summary>One property of a tree of options records that holds a value, not another record.</summary>
/// <param name="Path">Its key: the properties' names in kebab-case, joined by dots.</param>
/// <param name="Properties">The way to it from the root record.</param>
/// <param name="Type">How its values are written.</param>
public sealed record OptionKey(string Path, IReadOnlyList<PropertyInfo> Properties, OptionType Type)
{
    /// <summary>A property's name in kebab-case.</summary>
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
}
