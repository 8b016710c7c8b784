using System.Globalization;
using SimClr.Recipes;
using YamlDotNet.RepresentationModel;

namespace SimClr.Cli.Commands;

/// <summary><c>--channels 3,2,1</c>: chosen channels, and an encoder of so many.</summary>
internal static class ChannelsArgument
{
    private const string Count = "encoder.channels", Chosen = "preprocessing.decoding.channels";

    /// <summary>The settings of an option: for a list of channels, the list and its length.</summary>
    public static IEnumerable<Setting> Expand(Setting setting) =>
        setting is { Key: Count, Value: YamlScalarNode { Value: { } text } } && text.Contains(',', StringComparison.Ordinal)
            ? [Setting.FromArgument(Chosen, text, setting.Source),
                Setting.FromArgument(Count, text.Split(',').Length.ToString(CultureInfo.InvariantCulture), setting.Source)]
            : [setting];
}
