using System.CommandLine;
using SimClr.Cli.Drawing;
using SimClr.Datasets;
using SimClr.Pretraining;
using SimClr.Runs;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr views</c>: draws images and the pairs of views that a recipe makes of them.</summary>
internal static class ViewsCommand
{
    public static Command Create()
    {
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var output = new Option<string>("--out", "--output")
        { Description = $"Picture to write: {string.Join(", ", PictureFile.Extensions)}.", HelpName = "FILE.png", Required = true };
        output.EndingIn(PictureFile.Extensions);
        var positives = new PositivesOption();
        var recipe = positives.AddTo(RecipeOptions.OfPretraining(AutomaticOptions.DefaultRecipe, "--image-size", "--channels", "--seed"));
        var images = NumberOption.Whole("--images", "Images, or groups of images, to draw. Each is a row.", "N", least: 1).WithDefault("8");
        var pairs = NumberOption.Whole("--pairs", "Pairs of views of each. Of a group each pair is a row, with its two images.",
            "N", least: 1).WithDefault("3");
        var command = new Command("views", "Draw images and the views that training makes of them") { data, mirror, output, images, pairs };
        recipe.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terminal = parsed.Terminal();
            OutputCheck.RequireFile(parsed.GetValue(output)!);
            var source = await ImageSource.FindAsync(parsed.Places(data)!,
                DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, cancellationToken);
            source.RequireOutside(parsed.GetValue(output), isPicture: true);
            var options = recipe.Automatic(parsed).For(source, limit: null, positives.Column(parsed), device: null);
            var set = source.ForPretraining(null, options.Seed);
            var groups = PositiveGroups.Of(options, set, positives.Column(parsed), own: null, terminal);
            ViewSheet.Of(set, options.For(set), parsed.GetValue(images) ?? 8, parsed.GetValue(pairs) ?? 3, groups)
                .Save(parsed.GetValue(output)!);
            terminal.Result(Path.GetFullPath(parsed.GetValue(output)!));
            return 0;
        });
        return command.WithExamples(
            ("The default views of your photos", "simclr views --data my-photos --out views.png"),
            ("Weaker crops, to compare with", "simclr views --data my-photos --out mild.png --set views.min-scale=0.5"));
    }
}
