using System.Globalization;

namespace SimClr.Models;

/// <summary>A network found among the names of a file.</summary>
/// <param name="Prefix">The prefix of all its names, with a point at the end; may be empty.</param>
/// <param name="Dialect">Its names behind the prefix.</param>
internal sealed record NamedNetwork(string Prefix, NameDialect Dialect)
{
    /// <summary>Every network of a dialect.</summary>
    public static IEnumerable<NamedNetwork> In(IReadOnlySet<string> names, NameDialect dialect) =>
        names.Where(n => n == dialect.Anchor || n.EndsWith("." + dialect.Anchor, StringComparison.Ordinal))
            .Select(n => new NamedNetwork(n[..^dialect.Anchor.Length], dialect));

    /// <summary>Our name for a tensor of the network; null for other tensors.</summary>
    public string? Ours(string name) => Below(name) is { } own ? Dialect.Map.Ours(own) : null;

    /// <summary>Whether a tensor belongs to the network by its name, known or not.</summary>
    public bool Holds(string name) => Below(name) is { } own && Dialect.Layers.IsMatch(own);

    /// <summary>The number of the child of an <c>nn.Sequential</c> behind the encoder; else null.</summary>
    public int? ChildBehind(string name) =>
        Below(name) is { } own && own.IndexOf('.', StringComparison.Ordinal) is > 0 and var point
        && int.TryParse(own.AsSpan(0, point), NumberStyles.None, CultureInfo.InvariantCulture, out int child)
        && child > Dialect.LastChild ? child : null;

    /// <summary>The full names of layers that may be the classifier.</summary>
    public IEnumerable<string> Classifiers => Dialect.Classifiers.Select(name => name.StartsWith("../", StringComparison.Ordinal)
        ? Prefix[..(Prefix.TrimEnd('.').LastIndexOf('.') + 1)] + name[3..] : Prefix + name);

    private string? Below(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : null;
}
