using System.CommandLine;
using SimClr.Cli.Drawing;
using SimClr.Datasets;
using SimClr.Pretraining;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr views</c>: draws images and the pairs of views that a recipe makes of them.</summary>
internal static class ViewsCommand
{
    public static Command Create()
    {
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var output = new Option<string>("--out", "--output") { Description = $"The picture to write: {string.Join(", ", PictureFile.Extensions)}.", HelpName = "FILE.png", Required = true };
        output.EndingIn(PictureFile.Extensions);
        var positives = new PositivesOption();
        var recipe = positives.AddTo(RecipeOptions.OfPretraining());
        var images = NumberOption.Whole("--images", "Images, each a row, or groups; default 8.", "N", least: 1);
        var pairs = NumberOption.Whole("--pairs", "Pairs of views of each; default 3. Of a group each is a row, with its two images.", "N", least: 1);
        var command = new Command("views", "Draw images beside the views that pretraining makes of them.") { data, mirror, output, images, pairs };
        recipe.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var terminal = parsed.Terminal();
            OutputCheck.RequireFile(parsed.GetValue(output)!);
            var source = await ImageSource.FindAsync(parsed.GetValue(data)!, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, cancellation);
            source.RequireOutside(parsed.GetValue(output), isPicture: true);
            var options = recipe.Bind<PretrainOptions>(parsed);
            var set = source.ForPretraining(null, options.Seed);
            var groups = PositiveGroups.Of(options, set, positives.Column(parsed), own: null, terminal);
            ViewSheet.Of(set, options.For(ImageSource.LargestSide(set)), parsed.GetValue(images) ?? 8, parsed.GetValue(pairs) ?? 3, groups).Save(parsed.GetValue(output)!);
            terminal.Result(Path.GetFullPath(parsed.GetValue(output)!));
            return 0;
        });
        return command.WithExamples(
            ("Look at the default views of your photos", "simclr views --data my-photos --out views.png"),
            ("Compare with weaker crops", "simclr views --data my-photos --out mild.png --set views.min-scale=0.5"));
    }
}
