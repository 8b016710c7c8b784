using System.CommandLine;
using System.Runtime.CompilerServices;

namespace SimClr.Cli.Commands;

/// <summary>What help says of an option beside its description: its heading, its default, and whether few need it.</summary>
internal static class OptionHelp
{
    private static readonly ConditionalWeakTable<Option, Notes> All = [];

    /// <summary>Puts an option under a heading; without this it is under the first one, that of everyday options.</summary>
    public static T In<T>(this T option, HelpGroup group) where T : Option
    {
        All.GetOrCreateValue(option).Group = group;
        return option;
    }

    /// <summary>Leaves an option to <c>--help-all</c>.</summary>
    public static T ForFew<T>(this T option) where T : Option
    {
        All.GetOrCreateValue(option).IsForFew = true;
        return option;
    }

    /// <summary>Says which default an option has whose value is null where it is not given.</summary>
    public static T WithDefault<T>(this T option, string text) where T : Option => option.WithDefault(() => text);

    /// <summary>The same, where the default is looked up only when help is asked for.</summary>
    public static T WithDefault<T>(this T option, Func<string?> text) where T : Option
    {
        All.GetOrCreateValue(option).Default = text;
        return option;
    }

    /// <summary>Adds to the description what is looked up only when all of the help is asked for.</summary>
    public static T WithMore<T>(this T option, Func<string> text) where T : Option
    {
        All.GetOrCreateValue(option).More = text;
        return option;
    }

    /// <summary>The heading.</summary>
    public static HelpGroup GroupOf(Option option) => All.GetOrCreateValue(option).Group;

    /// <summary>Whether <c>--help</c> leaves the option out.</summary>
    public static bool IsForFew(Option option) => All.GetOrCreateValue(option).IsForFew;

    /// <summary>The default as text; null without one.</summary>
    public static string? DefaultOf(Option option) =>
        All.GetOrCreateValue(option).Default?.Invoke() ?? (option.HasDefaultValue
            && option.GetDefaultValue() is { } value and (string or Enum) ? value.ToString()!.ToLowerInvariant() : null);

    /// <summary>The whole description.</summary>
    public static string DescriptionOf(Option option) => $"{option.Description} {All.GetOrCreateValue(option).More?.Invoke()}".TrimEnd();

    /// <summary>The option as one types it: its names and what stands for its value.</summary>
    public static string LabelOf(Option option) =>
        $"{string.Join(", ", [option.Name, .. option.Aliases.Where(alias => !alias.StartsWith('/') && alias != "-?")])}{ValueOf(option)}";

    private static string ValueOf(Option option) =>
        option.HelpName is { } name ? $" {name}" : option.ValueType.IsEnum
            ? $" {string.Join('|', Enum.GetNames(option.ValueType)).ToLowerInvariant()}" : "";

    private sealed class Notes
    {
        public HelpGroup Group { get; set; }

        public bool IsForFew { get; set; }

        public Func<string?>? Default { get; set; }

        public Func<string>? More { get; set; }
    }
}
