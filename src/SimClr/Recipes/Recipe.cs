using System.Reflection;
using SimClr.IO;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace SimClr.Recipes;

/// <summary>
/// A YAML file with the settings that differ from the defaults: nested maps, dotted keys, or both. Its first line may be the version of the
/// keys, <c>version: 2</c>. Without it, the keys of version 0.1 are accepted too.
/// </summary>
public static class Recipe
{
    private const string Folder = "recipes/", Extension = ".yaml";

    // A recipe with every key has about 2,000 characters, 3 levels of maps and keys of up to 40 characters.
    private const int MostCharacters = 1 << 18, Deepest = 16, LongestKey = 200;

    /// <summary>The names of the recipes in the program.</summary>
    /// <param name="assembly">The assembly that holds the recipes as resources.</param>
    public static IReadOnlyList<string> Names(Assembly? assembly = null) =>
        [.. (assembly ?? typeof(Recipe).Assembly).GetManifestResourceNames()
            .Where(n => n.StartsWith(Folder, StringComparison.Ordinal) && n.EndsWith(Extension, StringComparison.Ordinal))
            .Select(n => n[Folder.Length..^Extension.Length]).Order(StringComparer.Ordinal)];

    /// <summary>Reads a recipe: one in the program by its bare name, or a file by a path with a separator or an extension.</summary>
    /// <param name="nameOrPath">For example <c>photos</c>, <c>./photos</c> or <c>my.yaml</c>.</param>
    /// <param name="assembly">The program whose recipes are known by name. Default: the library.</param>
    /// <exception cref="ConfigurationException">The recipe does not exist, or is not a map of settings.</exception>
    public static IReadOnlyList<Setting> Read(string nameOrPath, Assembly? assembly = null)
    {
        if (Path.GetFileName(nameOrPath) != nameOrPath || Path.HasExtension(nameOrPath))
        {
            try
            {
                return Parse(TextFile.Read(nameOrPath, MostCharacters), nameOrPath);
            }
            catch (InvalidDataException e)
            {
                throw new ConfigurationException(e.Message, e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ConfigurationException($"The recipe {nameOrPath} cannot be read: {e.Message}", e);
            }
        }
        using var resource = (assembly ?? typeof(Recipe).Assembly).GetManifestResourceStream(Folder + nameOrPath + Extension)
            ?? throw new ConfigurationException($"There is no recipe " +
                $"'{nameOrPath}'.{(Spelling.Nearest(nameOrPath, Names(assembly)) is { } nearest ? $" Did you mean {nearest}?" : "")} " +
                $"Built-in recipes: {string.Join(", ", Names(assembly))}. A file's name has an extension: {nameOrPath}{Extension}.");
        using var reader = new StreamReader(resource);
        return Parse(reader.ReadToEnd(), nameOrPath + Extension);
    }

    /// <summary>Parses the settings of a YAML text. The keys are those of the current version, whatever the version of the text.</summary>
    /// <param name="yaml">One document with a map; or none.</param>
    /// <param name="file">Its name in messages.</param>
    /// <exception cref="ConfigurationException">
    /// The text is not YAML, has a duplicate key in a map, is not a map of settings, has a newer version, or is too long or too deep.
    /// </exception>
    public static IReadOnlyList<Setting> Parse(string yaml, string file)
    {
        var stream = new YamlStream();
        try
        {
            Survey(yaml, file);
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException e)
        {
            throw new ConfigurationException($"{file}:{Math.Max(e.Start.Line, e.End.Line)}: {e.Message.TrimEnd('.')}.", e);
        }
        // YamlDotNet throws these for an unclosed list or a tag without a name
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ConfigurationException($"{file}: this is not YAML. " +
                $"Perhaps a bracket or a quote is not closed, or a tag (!) has no name.", e);
        }
        var settings = new List<Setting>();
        if (stream.Documents.Count == 1) Collect(stream.Documents[0].RootNode, "", file, settings);
        return RecipeVersion.Translate(settings);
    }

    // Checked before the tree is built: an alias may refer to its own parent, and every nested map needs stack.
    private static void Survey(string yaml, string file)
    {
        if (yaml.Length > MostCharacters)
            throw new ConfigurationException($"{file}: a recipe has at most {MostCharacters} characters, but this has {yaml.Length}.");
        var events = new Parser(new StringReader(yaml));
        for (int depth = 0, documents = 0; events.MoveNext();)
        {
            var here = events.Current!;
            if (here is DocumentStart) documents++;
            if (here is NodeEvent or AnchorAlias && documents > 1)
                throw new ConfigurationException($"{file}:{here.Start.Line}: a recipe is one YAML document, but a second one starts here.");
            if (here is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
                throw new ConfigurationException($"{file}:{here.Start.Line}: anchors and " +
                    $"aliases (&{Excerpt.Of($"{(here as AnchorAlias)?.Value ?? ((NodeEvent)here).Anchor}")}) are not allowed in a recipe.");
            if (here is MappingStart or SequenceStart && ++depth > Deepest)
                throw new ConfigurationException($"{file}:{here.Start.Line}: maps and lists are nested more than {Deepest} deep.");
            if (here is MappingEnd or SequenceEnd) depth--;
        }
    }

    private static void Collect(YamlNode node, string path, string file, List<Setting> settings)
    {
        if (node is not YamlMappingNode map)
        {
            if (path.Length == 0) throw new ConfigurationException($"{file}:{node.Start.Line}: a recipe is a map of keys to values.");
            settings.Add(new Setting(path, node, $"{file}:{node.Start.Line}", CommaSeparated: false));
            return;
        }
        foreach (var (key, value) in map.Children)
        {
            if (key is not YamlScalarNode { Value: { Length: > 0 } name })
                throw new ConfigurationException($"{file}:{key.Start.Line}: a key must be a text.");
            if (name.Length > LongestKey)
                throw new ConfigurationException($"{file}:{key.Start.Line}: there is no key of {name.Length} characters.");
            Collect(value, path.Length == 0 ? name : $"{path}.{name}", file, settings);
        }
    }
}
