namespace SimClr.Cli.Reports;

/// <summary>The content of a live page; a new object when anything has changed.</summary>
/// <param name="Data">All but what takes the model and the images.</param>
/// <param name="Evaluation">The rest, of the newest checkpoint that was evaluated; null without one.</param>
/// <param name="Ended">Whether nothing more is to come: the run is finished, and evaluated if that was asked for.</param>
internal sealed record LiveState(ReportData Data, RunReport? Evaluation, bool Ended)
{
    /// <summary>The changes since a state that was sent: maps and pictures are left out where they are the same.</summary>
    public ReportData Since(LiveState? sent)
    {
        var confusion = Data.Confusion == sent?.Data.Confusion ? null : Data.Confusion;
        return Evaluation switch
        {
            null => Data with { Confusion = confusion },
            _ when Evaluation != sent?.Evaluation => Evaluation.Over(Data),
            _ => Evaluation.Over(Data) with { Confusion = confusion, Map = null, Pictures = [], Sprites = new Dictionary<string, SpriteData>() },
        };
    }
}
