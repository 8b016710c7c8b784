namespace SimClr.Protocols;

/// <summary>What can be said of a representation without labels.</summary>
/// <param name="Source">The run and step, or the file, that the weights came from.</param>
/// <param name="Data">What the images call themselves.</param>
/// <param name="Images">How many were looked at, two views of each.</param>
/// <param name="Temperature">τ of the contrastive figures.</param>
/// <param name="Rows">The trained encoder first.</param>
public sealed record HealthReport(string Source, string Data, int Images, double Temperature, IReadOnlyList<HealthRow> Rows)
{
    /// <summary>The trained encoder's alarm, or null.</summary>
    public string? Alarm => Rows[0].Health.Alarm;
}
