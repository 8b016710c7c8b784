namespace SimClr.Protocols;

/// <summary>The health of a representation, measured without labels.</summary>
/// <param name="Source">The run and step, or the file, of the weights.</param>
/// <param name="Data">The name of the data.</param>
/// <param name="Images">The number of images, with two views each.</param>
/// <param name="Temperature">τ of the contrastive figures.</param>
/// <param name="Rows">The rows, the trained encoder first.</param>
public sealed record HealthReport(string Source, string Data, int Images, double Temperature, IReadOnlyList<HealthRow> Rows)
{
    /// <summary>The alarm of the trained encoder, or null.</summary>
    public string? Alarm => Rows[0].Health.Alarm;
}
