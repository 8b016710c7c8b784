using System.CommandLine;
using SimClr.Cli.Drawing;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary>The options that several commands share: each call creates a new one with the same name and meaning.</summary>
internal static class SharedOptions
{
    /// <summary>Every command's, on the root.</summary>
    public static Option<bool> Quiet { get; } = new("--quiet", "-q")
    { Description = "Print only results, warnings and errors.", Recursive = true };

    /// <summary>An option of every command, on the root: the limit for the memory of one image.</summary>
    public static Option<int?> MaxImageMegapixels { get; } = CreateMaxImageMegapixels();

    /// <summary>An option of every command, on the root: whether the program in a TorchScript encoder may run.</summary>
    public static Option<bool> TrustScript { get; } = new Option<bool>("--trust-script")
    {
        Description = "Load TorchScript files, which runs the program in them. Only for files that you trust.",
        Recursive = true,
    }.ForFew();

    /// <summary>The terminal that the command prints to.</summary>
    public static Terminal Terminal(this ParseResult parsed) => new(parsed.GetValue(Quiet));

    public static Option<string[]> Data(bool required = true)
    {
        var option = new Option<string[]>("--data")
        {
            Description = "Images: a folder, a tar, an .npy file or a name. A folder holds images, tars of images, CIFAR, STL-10, IDX or " +
                ".npy files; the format is detected. Names: builtin (needs no file), and cifar10, " +
                "cifar100, stl10, fashion-mnist (downloaded). Or @list.txt, one image file a line; " +
                "@FILE.csv:CLASS, a table with a column of classes; or a quoted pattern, 'photos/**/*.jpg'. May be given several times.",
            HelpName = "PATH|NAME",
            Required = required,
        };
        option.CompletionSources.Add("builtin", "cifar10", "cifar100", "stl10", "fashion-mnist");
        return option;
    }

    /// <summary>The places that <c>--data</c> names; null without the option.</summary>
    public static IReadOnlyList<string>? Places(this ParseResult parsed, Option<string[]> data) =>
        parsed.GetValue(data) is { Length: > 0 } places ? places : null;

    public static Option<Uri?> Mirror() => new Option<Uri?>("--mirror")
    {
        Description = "Download from this address instead of the publisher's.",
        HelpName = "URL",
        CustomParser = result => Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : Error<Uri?>(result, $"--mirror takes an address that begins with http:// or https://, not '{result.Tokens[0].Value}'."),
    }.In(HelpGroup.Images).ForFew();

    public static Option<int?> Limit() => NumberOption.Whole("--limit", "Use only N images, drawn by the seed.", "N", least: 1)
        .In(HelpGroup.Images).WithDefault("all");

    /// <summary>More threads than any machine has processors end in a machine that does not answer.</summary>
    public const int MostThreads = 1024;

    public static Option<int?> Threads() =>
        NumberOption.Whole("--threads", "Threads that compute and read images.", "N", least: 1, MostThreads)
            .In(HelpGroup.Machine).WithDefault("all processors");

    public static Option<string> Device()
    {
        var option = new Option<string>("--device")
        {
            Description = "auto, cpu, cuda or cuda:N. " +
            "auto: the first GPU that works, else the CPU.",
            HelpName = "NAME",
            DefaultValueFactory = _ => Machine.Auto
        };
        option.CompletionSources.Add(Machine.Auto, "cpu", "cuda");
        return option;
    }

    public static Option<RenderDevice> RenderOn() =>
        Choice("--render-on", "Where views are made: cpu, gpu or auto. gpu: by tensor operations on --device; auto: there if it is a GPU.",
            RenderDevice.Auto, "PLACE").In(HelpGroup.Machine).ForFew();

    /// <summary>Refuses the old name of an option and names the new one.</summary>
    public static Option<string?> Renamed(string old, string now)
    {
        var option = new Option<string?>(old) { Hidden = true };
        option.Validators.Add(result => result.AddError($"{old} is now called {now}."));
        return option;
    }

    public static Option<BadImagePolicy> OnBadImage(string skipping = "another takes its place, and it is reported once") =>
        Choice("--on-bad-image", $"What to do with a damaged image: skip or fail. skip: {skipping}.", BadImagePolicy.Skip)
            .In(HelpGroup.Images).ForFew();

    public static Option<string> Weights(bool required = true, string? description = null) => new("--weights")
    {
        Description = description ?? "Run folder, or file of weights. A file: a checkpoint's model.safetensors, " +
            "or a .safetensors, .pth or .pt from torchvision, timm, DINOv2 or transformers (ResNet, vision transformer, ConvNeXt). " +
            "FILE#teacher: the network teacher of several.",
        HelpName = "RUN|FILE",
        Required = required,
    };

    public static Option<int?> Seeds(string repeated) => NumberOption.Whole("--seeds", $"Repeat with seeds 0 to N − 1, " +
        $"report mean and standard deviation. A seed decides {repeated}.", "N", least: 1).In(HelpGroup.Evaluation).WithDefault("1");

    public static Option<bool> Json(string description = "Print one JSON object instead of a table.") =>
        new Option<bool>("--json") { Description = description }.In(HelpGroup.Output);

    /// <summary>A name of an enumeration, case-insensitive. Numbers, which .NET accepts too, are refused.</summary>
    public static Option<T> Choice<T>(string name, string description, T usual, string? helpName = null) where T : struct, Enum => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => usual,
        CustomParser = result => Array.Find(Enum.GetNames<T>(), known =>
            known.Equals(result.Tokens[0].Value, StringComparison.OrdinalIgnoreCase)) is { } found
            ? Enum.Parse<T>(found)
            : Error<T>(result, $"{name} takes one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}, " +
                $"not '{result.Tokens[0].Value}'."),
    };

    /// <summary>Parses one of some words, or a list and its column.</summary>
    public static Func<System.CommandLine.Parsing.ArgumentResult, string?> WordOrColumn(string name, params string[] words) => result =>
    {
        string text = result.Tokens[0].Value;
        if (!words.Contains(text) && GroupColumn.Parse(text) is null)
            result.AddError($"{name} takes {string.Join(", ", words)} or FILE.csv:COLUMN, not '{text}'.");
        return text;
    };

    /// <summary>A picture file; its extension selects the format.</summary>
    public static Option<string?> Picture(string description)
    {
        var option = new Option<string?>("--output")
        { Description = $"{description}: {string.Join(", ", PictureFile.Extensions)}.", HelpName = "FILE.png" };
        return option.EndingIn(PictureFile.Extensions);
    }

    /// <summary>Refuses a file with an unsupported extension.</summary>
    public static Option<T> EndingIn<T>(this Option<T> option, IReadOnlyList<string> extensions)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && !extensions.Contains(Path.GetExtension(token.Value), StringComparer.OrdinalIgnoreCase))
                result.AddError($"{option.Name}: '{token.Value}' must end in {string.Join(", ", extensions)}.");
        });
        return option;
    }

    private static Option<int?> CreateMaxImageMegapixels()
    {
        var option = NumberOption.Whole("--max-image-megapixels", "Refuse images of more million pixels. " +
            "An image takes 3 to 9 MB for each million while it is read.", "N", least: 1, most: 500).ForFew().WithDefault("128");
        option.Recursive = true;
        return option;
    }

    private static T Error<T>(System.CommandLine.Parsing.ArgumentResult result, string message)
    {
        result.AddError(message);
        return default!;
    }
}
