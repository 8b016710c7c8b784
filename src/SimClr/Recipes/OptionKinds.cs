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
}
