using System.Reflection;
using System.Text.Json;

namespace SimClr.Recipes;

/// <summary>One property in a tree of option records that holds a value, or the kind of a group that has several.</summary>
/// <param name="Path">The key: the names of the properties in kebab-case, joined by dots.</param>
/// <param name="Properties">The path from the root record; for a kind, the path of its group.</param>
/// <param name="Type">How its values are written.</param>
public sealed record OptionKey(string Path, IReadOnlyList<PropertyInfo> Properties, OptionType Type)
{
    /// <summary>The kinds of the innermost group that have this key; null if all have it.</summary>
    public IReadOnlyList<string>? Kinds { get; init; }

    /// <summary>Whether the key names the kind of its group.</summary>
    public bool IsKind { get; init; }

    /// <summary>
    /// The type in each kind that has the key, where they differ: enumerations without a common name, so that a value tells the kind. Then
    /// <see cref="Type"/> has the names of all. Null: one type.
    /// </summary>
    public IReadOnlyDictionary<string, OptionType>? TypeOfKind { get; init; }

    /// <summary>The name of a property in kebab-case.</summary>
    /// <param name="property">The property.</param>
    public static string NameOf(PropertyInfo property) => JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name);

    /// <summary>The properties with an <c>init</c> or a setter, in the order of declaration, those of a base record first.</summary>
    /// <param name="record">A record of options.</param>
    public static IEnumerable<PropertyInfo> PropertiesOf(Type record) =>
        record.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0)
            .OrderBy(p => p.DeclaringType == record);

    /// <summary>Whether a property holds another record of options.</summary>
    /// <param name="type">The type of the property.</param>
    public static bool IsGroup(Type type) => type.IsClass && type.GetMethod("<Clone>$") is not null;

    /// <summary>All keys of a tree of records, in the order of declaration.</summary>
    /// <param name="record">The outermost record of options.</param>
    /// <exception cref="NotSupportedException">A property's type cannot be written in a recipe.</exception>
    public static IReadOnlyList<OptionKey> Of(Type record) => [.. Of(record, "", [])];

    private static IEnumerable<OptionKey> Of(Type record, string path, IReadOnlyList<PropertyInfo> above)
    {
        foreach (var property in PropertiesOf(record))
        {
            var key = path + NameOf(property);
            PropertyInfo[] way = [.. above, property];
            if (!IsGroup(property.PropertyType)) yield return new OptionKey(key, way, OptionType.Of(property));
            else if (OptionKinds.Of(property.PropertyType) is { Count: > 0 } kinds)
            {
                foreach (var inner in OfKinds(kinds, key + ".", way)) yield return inner;
            }
            else
            {
                foreach (var inner in Of(property.PropertyType, key + ".", way)) yield return inner;
            }
        }
    }

    private static IEnumerable<OptionKey> OfKinds(
        IReadOnlyList<(string Name, Type Record)> kinds, string path, IReadOnlyList<PropertyInfo> way)
    {
        yield return new OptionKey(path + OptionKinds.Key, way, new OptionType(typeof(string), IsList: false, IsNullable: false)
        {
            Choices = [.. kinds.Select(kind => kind.Name)],
        })
        {
            IsKind = true,
        };
        foreach (var same in kinds.SelectMany(kind => Of(kind.Record, path, way).Select(key => (Kind: kind.Name, Key: key)))
            .GroupBy(found => found.Key.Path))
        {
            var key = same.First().Key;
            if (same.Count() < kinds.Count) key = key with { Kinds = [.. same.Select(found => found.Kind)] };
            yield return same.All(found => found.Key.Type == key.Type) ? key : key with
            {
                Type = key.Type with { Choices = [.. same.SelectMany(found => found.Key.Type.Texts)] },
                TypeOfKind = same.ToDictionary(found => found.Kind, found => found.Key.Type),
            };
        }
    }

    /// <summary>The value in a tree of records. If its group has a kind without this key, the default of the kind that has it.</summary>
    internal object? ValueIn(object root)
    {
        object? value = root;
        foreach (var property in Properties)
        {
            if (!property.ReflectedType!.IsInstanceOfType(value)) value = OptionKinds.New(property.ReflectedType!);
            value = property.GetValue(value);
        }
        return !IsKind ? value : OptionKinds.NameOf(Properties[^1].PropertyType, value!);
    }
}
