using System.Reflection;
using System.Text.Json.Serialization;

namespace SimClr.Recipes;

/// <summary>
/// The kinds of a group whose type is abstract: those in the type's <see cref="JsonDerivedTypeAttribute"/>. The key <c>kind</c> of the
/// group selects one. Without it the group has the kind of its default, the first one.
/// </summary>
internal static class OptionKinds
{
    /// <summary>The last part of the key.</summary>
    public const string Key = "kind";

    /// <summary>The kinds by name, the default first; empty for a group of a single kind.</summary>
    public static IReadOnlyList<(string Name, Type Record)> Of(Type group) =>
        [.. group.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false)
            .Select(kind => ((string)kind.TypeDiscriminator!, kind.DerivedType))];

    /// <summary>The kind of a group's value; null for a group of a single kind.</summary>
    public static string? NameOf(Type group, object value) => Of(group).FirstOrDefault(kind => kind.Record == value.GetType()).Name;

    /// <summary>A record of one kind, with its defaults.</summary>
    public static object New(Type record) => Activator.CreateInstance(record, nonPublic: true)!;

    /// <summary>Whether a setting can be one of a kind: the kind has its key, and its value there.</summary>
    public static bool IsOf(string kind, OptionKey key, Setting setting) =>
        key.Kinds?.Contains(kind) != false && (key.TypeOfKind is null || key.TypeOfKind[kind].Has(setting));

    /// <summary>
    /// The settings, with the kinds that follow from them: <c>encoder.arch: vit-small</c> means <c>encoder.kind: vit</c>, unless a kind is
    /// among the settings.
    /// </summary>
    public static IEnumerable<Setting> WithImplied(IEnumerable<Setting> settings, IEnumerable<OptionKey> keys)
    {
        var given = settings.ToList();
        foreach (var key in keys.Where(k => k.TypeOfKind is not null))
        {
            string kindKey = $"{key.Path[..key.Path.LastIndexOf('.')]}.{Key}";
            if (given.Find(s => s.Key == key.Path) is not { } setting || given.Exists(s => s.Key == kindKey)) continue;
            string? kind = key.TypeOfKind!.FirstOrDefault(type => type.Value.Has(setting)).Key;
            if (kind is null) _ = key.Type.Read(setting); // refuses the value, with those of all kinds
            else given.Add(Setting.FromArgument(kindKey, kind, setting.Source));
        }
        return given;
    }
}
