using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SimClr.Recipes;

/// <summary>Writes options as text.</summary>
public static class OptionsText
{
    private static readonly JsonSerializerOptions Snake = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>A record of options as JSON, with all values.</summary>
    /// <param name="options">A record of options.</param>
    public static JsonNode ToJson(object options) => JsonSerializer.SerializeToNode(options, Snake)!;

    /// <summary>A recipe with the version and all keys, for the run folder. Binding it gives equal options, bit for bit.</summary>
    /// <param name="options">A record of options.</param>
    public static string ToYaml(object options)
    {
        var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings().WithBestWidth(int.MaxValue).WithNewLine("\n"));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart());
        emitter.Emit(new MappingStart());
        EmitScalar(emitter, RecipeVersion.Key, ScalarStyle.Plain);
        EmitScalar(emitter, OptionType.Write(RecipeVersion.Current), ScalarStyle.Plain);
        EmitProperties(emitter, options);
        emitter.Emit(new MappingEnd());
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    /// <summary>All keys of a record of options with their values as text, in the order of declaration; lists as <c>[a, b]</c>.</summary>
    /// <param name="options">A record of options.</param>
    public static IReadOnlyDictionary<string, string> Values(object options) => Recipe.Parse(ToYaml(options), "recipe")
        .ToDictionary(
            s => s.Key, s => s.Value.ToString().Replace("[ ", "[", StringComparison.Ordinal).Replace(" ]", "]", StringComparison.Ordinal));

    /// <summary>All keys of a tree of records with type and default, in the order of declaration.</summary>
    /// <param name="record">The outermost record of options.</param>
    public static IReadOnlyList<OptionDescription> Describe(Type record)
    {
        object defaults = OptionKinds.New(record);
        return [.. OptionKey.Of(record).Select(k => new OptionDescription(k.Path, k.Type.Name, Default(k, defaults)))];
    }

    // Where kinds of a group have different defaults, each with its kind.
    private static string Default(OptionKey key, object defaults)
    {
        string usual = Inline(key.ValueIn(defaults));
        if (key.IsKind || key.Kinds is not { Count: > 1 } kinds) return usual;
        var each = OptionKinds.Of(key.Properties[^2].PropertyType).Where(kind => kinds.Contains(kind.Name)).Select(kind => (kind.Name,
            Value: Inline(kind.Record.GetProperty(key.Properties[^1].Name)!.GetValue(OptionKinds.New(kind.Record))))).ToList();
        return each.DistinctBy(kind => kind.Value).Count() < 2 ? usual
            : string.Join("; ", each.Select(kind => $"{kind.Name}: {kind.Value}"));
    }

    private static string Inline(object? value) => value switch
    {
        null => "null",
        string text => text,
        System.Collections.IEnumerable list => string.Join(',', list.Cast<object>().Select(OptionType.Write)),
        _ => OptionType.Write(value),
    };

    private static void EmitProperties(Emitter emitter, object record)
    {
        foreach (var property in OptionKey.PropertiesOf(record.GetType()))
        {
            EmitScalar(emitter, OptionKey.NameOf(property), ScalarStyle.Plain);
            var value = property.GetValue(record);
            if (!OptionKey.IsGroup(property.PropertyType))
            {
                EmitValue(emitter, value);
                continue;
            }
            emitter.Emit(new MappingStart());
            EmitKind(emitter, property.PropertyType, value!);
            EmitProperties(emitter, value!);
            emitter.Emit(new MappingEnd());
        }
    }

    // Without a name the first kind is meant: recipes from before there were kinds have this kind.
    private static void EmitKind(Emitter emitter, Type group, object value)
    {
        var kinds = OptionKinds.Of(group);
        if (kinds.Count == 0 || kinds[0].Record == value.GetType()) return;
        EmitScalar(emitter, OptionKinds.Key, ScalarStyle.Plain);
        EmitScalar(emitter, OptionKinds.NameOf(group, value)!, ScalarStyle.Plain);
    }

    private static void EmitValue(Emitter emitter, object? value)
    {
        if (value is System.Collections.IEnumerable list and not string)
        {
            emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Flow));
            foreach (object element in list) EmitValue(emitter, element);
            emitter.Emit(new SequenceEnd());
        }
        else
        {
            EmitScalar(
                emitter, value is null ? "null" : OptionType.Write(value), value is string ? ScalarStyle.DoubleQuoted : ScalarStyle.Plain);
        }
    }

    private static void EmitScalar(Emitter emitter, string text, ScalarStyle style) =>
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));
}
