using System.Globalization;
using System.Reflection;
using System.Text.Json;
using SimClr.IO;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SimClr.Recipes;

/// <summary>Reads and writes values of one type, in YAML 1.2's core schema and the invariant culture.</summary>
/// <param name="Scalar">The type of the value, or of a list's elements; never nullable.</param>
/// <param name="IsList">Whether it is a list.</param>
/// <param name="IsNullable">Whether <c>null</c> is a value.</param>
public sealed record OptionType(Type Scalar, bool IsList, bool IsNullable)
{
    /// <summary>The allowed texts; null for any.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>The type of a property.</summary>
    /// <param name="property">The property.</param>
    /// <exception cref="NotSupportedException">Values of this type cannot be written in a recipe.</exception>
    public static OptionType Of(PropertyInfo property)
    {
        var type = property.PropertyType;
        bool nullable = new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
        var element = type.IsArray ? type.GetElementType() : type.IsGenericType && type.IsInterface ? type.GetGenericArguments()[0] : null;
        bool list = element is not null && type.IsAssignableFrom(element.MakeArrayType());
        var scalar = list ? element! : Nullable.GetUnderlyingType(type) ?? type;
        return scalar.IsEnum || Type.GetTypeCode(scalar) is TypeCode.Int32
            or TypeCode.Int64 or TypeCode.UInt64 or TypeCode.Single or TypeCode.Double or TypeCode.Boolean or TypeCode.String
            ? new OptionType(scalar, list, nullable)
            : throw new NotSupportedException($"{property.DeclaringType!.Name}.{property.Name} is of type {type}, " +
                $"which cannot be written in a recipe.");
    }

    /// <summary>The type as text: what a value must be.</summary>
    public string Name => Allowed(auto: false);

    private string Allowed(bool auto) => (IsList ? $"a list of {Words.Many}" : Words.One)
        + (IsNullable, auto) switch { (true, true) => ", null or auto", (true, false) => " or null", (false, true) => " or auto", _ => "" };

    private (string One, string Many) Words => Choices is not null ? (string.Join('|', Choices), string.Join('|', Choices))
        : Scalar.IsEnum ? (EnumNames, EnumNames)
        : Type.GetTypeCode(Scalar) switch
        {
            TypeCode.Boolean => ("true or false", "true or false"),
            TypeCode.String => ("a text", "texts"),
            TypeCode.Single or TypeCode.Double => ("a number", "numbers"),
            _ => ("a whole number", "whole numbers"),
        };

    private string EnumNames => string.Join('|', Texts);

    /// <summary>All values of an enumeration as texts.</summary>
    internal IEnumerable<string> Texts => Enum.GetNames(Scalar).Select(Kebab);

    /// <summary>Whether a setting has a value of an enumeration.</summary>
    internal bool Has(Setting setting) =>
        setting.Value is YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } && Texts.Any(name => Bare(name) == Bare(text));

    /// <summary>Reads the value of a setting.</summary>
    /// <param name="setting">The setting.</param>
    /// <exception cref="ConfigurationException">The value has another type.</exception>
    public object? Read(Setting setting)
    {
        if (setting.Value is YamlScalarNode { Style: ScalarStyle.Plain, Tag.IsEmpty: true, Value: var text }
            && (text is "null" or "Null" or "NULL" || (!setting.CommaSeparated && text is "" or "~")))
            return IsNullable ? null : throw Refusal(setting, "null");
        if (!IsList) return ReadScalar(setting, setting.Value);

        IEnumerable<YamlNode> elements = setting.Value switch
        {
            YamlSequenceNode sequence => sequence,
            YamlScalarNode { Value: { } list } when setting.CommaSeparated => Elements(list),
            var other => throw Refusal(setting, other),
        };
        var values = elements.Select(e => ReadScalar(setting, e)).ToArray();
        var array = Array.CreateInstance(Scalar, values.Length);
        Array.Copy(values, array, values.Length);
        return array;
    }

    // 1,2 or, as in a recipe, [1, 2]
    private static IEnumerable<YamlNode> Elements(string list)
    {
        string bare = list.StartsWith('[') && list.EndsWith(']') ? list[1..^1] : list;
        return bare.Trim().Length == 0 ? []
            : bare.Split(',', StringSplitOptions.TrimEntries).Select(e => new YamlScalarNode(e) { Style = ScalarStyle.Plain });
    }

    private object ReadScalar(Setting setting, YamlNode node)
    {
        if (node is not YamlScalarNode { Value: { } text } scalar || !node.Tag.IsEmpty) throw Refusal(setting, node);
        if (Scalar == typeof(string))
            return Choices is null ? text : Choices.FirstOrDefault(choice => Bare(choice) == Bare(text)) ?? throw Refusal(setting, node);
        object? value = scalar.Style != ScalarStyle.Plain ? null // a quoted scalar is a text
            : Scalar.IsEnum ? Enum.GetNames(Scalar).Where(n => Bare(n) == Bare(text)).Select(n => Enum.Parse(Scalar, n)).FirstOrDefault()
            : Type.GetTypeCode(Scalar) switch
            {
                TypeCode.Boolean => text switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null },
                TypeCode.Int32 => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int i) ? i : null,
                TypeCode.Int64 => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long l) ? l : null,
                TypeCode.UInt64 =>
                    ulong.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out ulong u) ? u : null,
                TypeCode.Single => ReadNumber(text) is { } d && (float.IsFinite((float)d) || !double.IsFinite(d)) ? float.Parse(
                    Spelled(text), CultureInfo.InvariantCulture) : null,
                _ => ReadNumber(text),
            };
        return value ?? throw Refusal(setting, node);
    }

    // NumPy's names of types are one word: uint16.
    private static string Kebab(string name) => name.StartsWith("UInt", StringComparison.Ordinal) ? name.ToLowerInvariant()
        : JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    // Names are written as resnet18 and small-stride2; ResNet18 and small_stride2 are accepted too.
    private static string Bare(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    // YAML writes .inf, -.inf and .nan; .NET's own words for them are texts. A number that is too large is not infinity.
    private static double? ReadNumber(string text)
    {
        var spelled = Spelled(text);
        if (spelled != text) return double.Parse(spelled, CultureInfo.InvariantCulture);
        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value) ? value : null;
    }

    private static string Spelled(string text) => text switch { ".inf" => "Infinity", "-.inf" => "-Infinity", ".nan" => "NaN", _ => text };

    /// <summary>A scalar as in a recipe; texts are not quoted yet.</summary>
    /// <param name="value">A value of this type, or null.</param>
    public static string Write(object value) => value switch
    {
        bool b => b ? "true" : "false",
        Enum e => Kebab(e.ToString()),
        double.PositiveInfinity or float.PositiveInfinity => ".inf",
        double.NegativeInfinity or float.NegativeInfinity => "-.inf",
        double.NaN or float.NaN => ".nan",
        float or double => WithPoint(((IFormattable)value).ToString("R", CultureInfo.InvariantCulture)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // 1E-05 is a number in YAML 1.2 but a text in 1.1, which other readers still use. 1.0E-05 is a number in both.
    private static string WithPoint(string number)
    {
        if (number.Contains('.', StringComparison.Ordinal)) return number;
        int end = number.IndexOf('E', StringComparison.Ordinal);
        return end < 0 ? number + ".0" : $"{number[..end]}.0{number[end..]}";
    }

    private ConfigurationException Refusal(Setting setting, YamlNode found) => Refusal(setting, found switch
    {
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => $"'{Excerpt.Of(scalar.Value ?? "")}'",
        YamlScalarNode scalar => $"the text \"{Excerpt.Of(scalar.Value ?? "")}\"",
        YamlSequenceNode => "a list",
        _ => "a map",
    });

    private ConfigurationException Refusal(Setting setting, string found) =>
        new($"{setting.Place} must be {Allowed(setting.MayBeAuto)}, not {found}.");
}
