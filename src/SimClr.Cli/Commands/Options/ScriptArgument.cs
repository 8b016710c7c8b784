using System.CommandLine;
using SimClr.Models;
using SimClr.Recipes;
using YamlDotNet.RepresentationModel;

namespace SimClr.Cli.Commands;

/// <summary><c>--arch FILE.pt</c>: an encoder from a TorchScript file, which <c>--trust-script</c> allows to run.</summary>
internal static class ScriptArgument
{
    private const string Arch = "encoder.arch", Kind = "encoder.kind", Script = "encoder.script";

    private static readonly string[] Extensions = [".pt", ".pth", ".ts"];

    /// <summary>The settings of an option: for an architecture that is a file, the kind <c>script</c> and its absolute path.</summary>
    public static IEnumerable<Setting> Expand(Setting setting) =>
        setting is { Key: Arch, Value: YamlScalarNode { Value: { } file } } && IsFile(file)
            ? [Setting.FromArgument(Kind, "script", setting.Source), Setting.FromArgument(Script, Path.GetFullPath(file), setting.Source)]
            : [setting];

    /// <summary>The encoder, with its file if it is a script.</summary>
    /// <exception cref="ConfigurationException">It is a script, and the command line does not say <c>--trust-script</c>.</exception>
    public static EncoderOptions Trusted(EncoderOptions encoder, ParseResult parsed) =>
        encoder is ScriptOptions script && parsed.GetValue(SharedOptions.TrustScript) ? script.Trusted() : encoder;

    // The name of a built-in architecture is never taken for a file, even if such a file exists.
    private static bool IsFile(string value) => Extensions.Contains(Path.GetExtension(value).ToLowerInvariant())
        || (File.Exists(value) && !RecipeOptions.Architectures.Contains(value));
}
