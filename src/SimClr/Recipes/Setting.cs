using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SimClr.Recipes;

/// <summary>The value of one key.</summary>
/// <param name="Key">The path of the key, for example <c>views.color-strength</c>.</param>
/// <param name="Value">A scalar or a sequence.</param>
/// <param name="Source">The source, for messages: <c>my.yaml:12</c>, <c>--set</c>, <c>--epochs</c>.</param>
/// <param name="CommaSeparated">Whether a list is one scalar with commas, as on a command line.</param>
public sealed record Setting(string Key, YamlNode Value, string Source, bool CommaSeparated)
{
    /// <summary>Whether the value could have been <c>auto</c>, which messages say. Default false.</summary>
    public bool MayBeAuto { get; init; }

    /// <summary>Where the value was given and for which key, for messages: <c>my.yaml:12: views.color-strength</c>; <c>--epochs</c> alone
    /// if that is the option of the key.</summary>
    internal string Place =>
        Source.StartsWith("--", StringComparison.Ordinal) && $".{Key}".EndsWith($".{Source[2..]}", StringComparison.Ordinal)
            ? Source : $"{Source}: {Key}";

    /// <summary>A value from the command line.</summary>
    /// <param name="key">For example <c>views.color-strength</c>.</param>
    /// <param name="value">A scalar, or the elements of a list with commas between them.</param>
    /// <param name="option">The option that gave it, for messages: <c>--epochs</c>.</param>
    public static Setting FromArgument(string key, string value, string option) =>
        new(key, new YamlScalarNode(value) { Style = ScalarStyle.Plain }, option, CommaSeparated: true);

    /// <summary>Parses the argument of <c>--set</c>.</summary>
    /// <param name="assignment">key=value.</param>
    /// <exception cref="ConfigurationException">The argument is not <c>key=value</c>.</exception>
    public static Setting Parse(string assignment)
    {
        int at = assignment.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? FromArgument(assignment[..at].Trim(), assignment[(at + 1)..].Trim(), "--set")
            : throw new ConfigurationException($"--set: '{assignment}' does not have the form KEY=VALUE.");
    }
}
