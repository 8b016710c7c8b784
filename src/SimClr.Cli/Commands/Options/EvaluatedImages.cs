using System.CommandLine;
using SimClr.Cli.Output;
using SimClr.Datasets;

namespace SimClr.Cli.Commands;

/// <summary>The images of a command that scores something: training images, and what decides which are for the test.</summary>
/// <param name="data"><c>--data</c>.</param>
/// <param name="mirror"><c>--mirror</c>.</param>
internal sealed class EvaluatedImages(Option<string[]> data, Option<Uri?> mirror)
{
    private const string Folder = "folder";

    private readonly Option<string[]> test = new Option<string[]>("--test-data")
    {
        Description = "Test images from elsewhere. As for --data; their test part is used, or all of them if they have none. " +
            "Without the option, and if --data has no test part, a fifth of each class is held out.",
        HelpName = "PATH|NAME",
    }.In(HelpGroup.Evaluation).WithDefault("the test part of --data");

    private readonly Option<string?> groups = new Option<string?>("--groups")
    {
        Description = "Groups of images that stay in one part. folder: the images of a folder, as the frames of a video; " +
            "FILE.csv:COLUMN, as for pretrain --positives: for example of a patient. Lists, tables and tiles name groups themselves.",
        HelpName = "folder|FILE.csv:COLUMN",
        CustomParser = SharedOptions.WordOrColumn("--groups", Folder),
    }.In(HelpGroup.Evaluation);

    /// <summary>The options that are not another command's too.</summary>
    public IReadOnlyList<Option> Options => [test, groups];

    /// <summary>Finds the images, and downloads a data set if a name means one.</summary>
    public async Task<ImageSource> FindAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellationToken)
    {
        var downloads = DownloadCache.Place(parsed.GetValue(mirror), terminal);
        var source = await ImageSource.FindAsync(parsed.Places(data)!, downloads, terminal, cancellationToken);
        if (parsed.Places(test) is { } places)
            source = source.WithTest(await ImageSource.FindAsync(places, downloads, terminal, cancellationToken));
        return parsed.GetValue(groups) switch
        {
            null => source,
            Folder => source.WithGroups(ImageGroups.ByFolder),
            var list => source.WithGroups(GroupColumn.Parse(list)!),
        };
    }
}
