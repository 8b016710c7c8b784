using SimClr.Cli.Output;
using SimClr.Encoders;
using SimClr.Pretraining;
using SimClr.Protocols;
using static TorchSharp.torch;

namespace SimClr.Cli.Reports;

/// <summary>The report of one run.</summary>
internal sealed class RunReport(ReportedRun run, ReportRequest request, Device device, Terminal terminal)
{
    private const string Gallery = "gallery", Map = "map";
    private const int MaxTile = 96, HardImages = 24, AlikePairs = 18;

    private (KeyFigure Figure, ReportTable Table, ConfusionData Confusion)? quick;
    private readonly List<PictureSection> pictures = [];
    private readonly Dictionary<string, SpriteData> sprites = [];
    private MapData? map;

    /// <summary>Evaluates, draws, and collects the data of the page.</summary>
    public ReportData Build()
    {
        Evaluate();
        return Over(RunProgress.Of(run));
    }

    /// <summary>Does the work that needs the model and the images, once.</summary>
    public void Evaluate()
    {
        if (run is { Model: { } model, Source: { } source })
        {
            run.Attempt("no evaluation", () =>
            {
                using var images = new SampleEvaluation(model, source, request.Images,
                    baselines: run.Evaluations.Count == 0, device, terminal);
                AddImages(images, model);
            });
        }
        if (run.Source is { } found)
        {
            run.Attempt("no views", () =>
            {
                var images = found.ForPretraining(null, run.Options.Seed);
                var groups = PositiveGroups.Of(run.Options, images, run.Settings.GroupColumn);
                pictures.Add(ModelSections.Views(images, run.Options, groups, out var sprite));
                sprites[pictures[^1].Sprite] = sprite;
            });
        }
        if (run.Model is { } trained)
        {
            pictures.Add(ModelSections.Filters(trained, out var sprite));
            sprites[pictures[^1].Sprite] = sprite;
        }
    }

    /// <summary>
    /// Combines the run's progress with the results of this report. If evaluations are stored, only their figures are shown.
    /// </summary>
    public ReportData Over(ReportData progress)
    {
        var look = progress.Tables.Any(t => t.Section == EvaluationSections.Section) ? null : quick;
        return progress with
        {
            Notes = [.. run.Notes.Union(progress.Notes)],
            Figures = look is { } own ? [own.Figure, .. progress.Figures] : progress.Figures,
            Tables = look is { } its ? [its.Table, .. progress.Tables] : progress.Tables,
            Confusion = look?.Confusion ?? progress.Confusion,
            Map = map,
            Pictures = pictures,
            Sprites = sprites,
        };
    }

    private void AddImages(SampleEvaluation images, TrainedEncoder model)
    {
        IReadOnlyList<long>? predictions = null;
        if (images.IsLabelled)
        {
            var results = images.Classify();
            predictions = results[0].Predictions;
            quick = (EvaluationSections.QuickFigure(images, results), EvaluationSections.QuickTable(images, results),
                EvaluationSections.QuickConfusion(images, predictions));
        }

        var gallery = new Sprite(Math.Clamp(model.Options.ImageSize, 8, MaxTile), model.Options.Preprocessing);
        pictures.Add(NeighbourSections.Nearest(images, predictions, gallery, Gallery));
        var points = EmbeddingMap.Of(images, model, device, terminal);
        map = MapSections.Map(points, images, predictions, model.Options.Preprocessing, model.Options.Seed, out var thumbnails);
        if (thumbnails is not null) sprites[Map] = thumbnails;
        pictures.Add(MapSections.Hardest(points, HardImages, gallery, Gallery));
        pictures.Add(NeighbourSections.MostAlike(images, AlikePairs, gallery, Gallery));
        sprites[Gallery] = gallery.ToData();
    }
}
