using System.Reflection;
using System.Text.Json.Serialization;

namespace SimClr.Recipes;

/// <summary>
/// The kinds of record that a group of keys may be where its type is abstract: those of the type's <see cref="JsonDerivedTypeAttribute"/>. The key <c>kind</c> of the
/// group names one; without it the group is of the kind of its default, which is the first.
/// </summary>
internal static class OptionKinds
{
    /// <summary>The key's last part.</summary>
    public const string Key = "kind";

    /// <summary>The kinds by name, the default first; empty for a group of one kind.</summary>
    public static IReadOnlyList<(string Name, Type Record)> Of(Type group) =>
        [.. group.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Select(kind => ((string)kind.TypeDiscriminator!, kind.DerivedType))];

    /// <summary>The kind of a group's value; null for a group of one kind.</summary>
    public static string? NameOf(Type group, object value) => Of(group).FirstOrDefault(kind => kind.Record == value.GetType()).Name;

    /// <summary>A record of one kind with its defaults.</summary>
    public static object New(Type record) => Activator.CreateInstance(record, nonPublic: true)!;
}
