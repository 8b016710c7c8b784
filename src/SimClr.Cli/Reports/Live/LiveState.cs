namespace SimClr.Cli.Reports;

/// <summary>The content of a live page. A change creates a new object.</summary>
/// <param name="Data">Everything except what needs the model and the images.</param>
/// <param name="Evaluation">The rest, from the newest evaluated checkpoint; null without one.</param>
/// <param name="Ended">Whether nothing more will come: the run is finished and, if requested, evaluated.</param>
internal sealed record LiveState(ReportData Data, RunReport? Evaluation, bool Ended)
{
    /// <summary>The changes since a state that was sent. Unchanged maps and pictures are left out.</summary>
    public ReportData Since(LiveState? sent)
    {
        var confusion = Data.Confusion == sent?.Data.Confusion ? null : Data.Confusion;
        return Evaluation switch
        {
            null => Data with { Confusion = confusion },
            _ when Evaluation != sent?.Evaluation => Evaluation.Over(Data),
            _ => Evaluation.Over(Data) with
            {
                Confusion = confusion,
                Map = null,
                Pictures = [],
                Sprites = new Dictionary<string, SpriteData>()
            },
        };
    }
}
