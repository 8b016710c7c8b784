using System.Globalization;
using SimClr.Cli.Configuration;
using SimClr.Cli.Output;
using SimClr.Cli.Runs;
using static TorchSharp.torch;

namespace SimClr.Cli.Reports;

/// <summary>The report of one run.</summary>
internal sealed class RunReport(ReportedRun run, ReportRequest request, Device device, Terminal terminal)
{
    private const string Gallery = "gallery", Map = "map";
    private const int MaxTile = 96, HardImages = 24, AlikePairs = 18;

    private readonly List<KeyFigure> figures = [];
    private readonly List<ReportTable> tables = [];
    private readonly List<PictureSection> pictures = [];
    private readonly Dictionary<string, SpriteData> sprites = [];
    private ConfusionData? confusion;
    private MapData? map;

    /// <summary>Evaluates, draws, and puts everything together.</summary>
    public ReportData Build()
    {
        if (run is { Model: { } model, Source: { } source })
        {
            run.Attempt("no evaluation", () =>
            {
                using var images = new ReportImages(model, source, request.Images, baselines: true, device, terminal);
                AddImages(images, model);
            });
        }
        if (run.Source is { } found)
        {
            run.Attempt("no views", () =>
            {
                pictures.Add(ModelSections.Views(found.ForPretraining(null, run.Options.Seed), run.Options, out var sprite));
                sprites[pictures[^1].Sprite] = sprite;
            });
        }
        if (run.Model is { } trained)
        {
            pictures.Add(ModelSections.Filters(trained.Model.Encoder, trained.Untrained, out var sprite));
            sprites[pictures[^1].Sprite] = sprite;
        }
        AddProgress();
        tables.Add(RecipeTables.Whole(run.Options));
        tables.Add(new ReportTable("facts", ["", ""], [.. run.Facts().Select(f => (IReadOnlyList<string>)[f.Name, f.Value])], []));
        return new ReportData
        {
            Title = run.Name,
            Subtitle = string.Create(CultureInfo.InvariantCulture, $"SimCLR pretraining of {OptionType.Write(run.Options.Encoder.Arch)} × {run.Options.Encoder.Width} on {run.Settings.DataName ?? run.Settings.Data}"),
            Notes = run.Notes,
            Figures = figures,
            Runs = run.Metrics.Steps > 0 ? [run.Curves] : [],
            Panels = MetricCurves.PanelsOf([run.Curves]),
            Tables = tables,
            Confusion = confusion,
            Map = map,
            Pictures = pictures,
            Sprites = sprites,
        };
    }

    private void AddImages(ReportImages images, TrainedModel model)
    {
        long[]? predictions = null;
        if (images.IsLabelled)
        {
            var results = images.Classify();
            predictions = results[0].Predictions;
            tables.Add(EvaluationSections.Table(images, results));
            confusion = EvaluationSections.Confusion(images, predictions);
            figures.Add(new("kNN top-1", $"{EvaluationSections.Percent(results[0].Accuracy.Top1)} %",
                string.Join(", ", results.Where(r => r.Name is "untrained" or "pixels").Select(r => $"{r.Name} {EvaluationSections.Percent(r.Accuracy.Top1)}"))));
        }

        var gallery = new Sprite(Math.Clamp(model.Options.ImageSize, 8, MaxTile));
        pictures.Add(NeighbourSections.Nearest(images, predictions, model.Options.Seed, gallery, Gallery));
        var section = new MapSection(images, model, device, terminal);
        map = section.Build(images, model, predictions, out var thumbnails);
        if (thumbnails is not null) sprites[Map] = thumbnails;
        pictures.Add(section.Hardest(gallery, Gallery, HardImages));
        pictures.Add(NeighbourSections.MostAlike(images, AlikePairs, gallery, Gallery));
        sprites[Gallery] = gallery.ToData();
    }

    private void AddProgress()
    {
        if (run.Metrics.Steps == 0) return;
        if (run.Metrics.Last("loss") is { } loss)
            figures.Add(new("loss", string.Create(CultureInfo.InvariantCulture, $"{loss:f3} nats"), string.Create(CultureInfo.InvariantCulture, $"last 20 steps; chance {Math.Log(2 * run.Options.BatchSize - 1):f2}")));
        if (run.Metrics.Last("top1") is { } top1)
            figures.Add(new("contrastive top-1", $"{EvaluationSections.Percent(top1)} %", $"among {2 * run.Options.BatchSize - 2} negatives"));
        figures.Add(new("images seen", string.Create(CultureInfo.InvariantCulture, $"{run.Metrics.Steps * run.Options.BatchSize:n0}"),
            string.Create(CultureInfo.InvariantCulture, $"{run.Metrics.Steps:n0} of {run.TotalSteps:n0} steps")));
        figures.Add(new("wall time", ReportedRun.Duration(run.Metrics.Time), run.Metrics.Last("images_per_second") is { } speed ? string.Create(CultureInfo.InvariantCulture, $"{speed:f0} images/s at the end") : ""));
    }
}
