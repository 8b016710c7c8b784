using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Evaluation;
using Spectre.Console;

namespace SimClr.Cli.Runs;

/// <summary>A representation's health, and how well NT-Xent tells its views apart.</summary>
/// <param name="Features"><c>encoder</c>, <c>projection</c> or <c>untrained</c>.</param>
/// <param name="Health">The figures.</param>
/// <param name="Top1">Contrastive top-1 in [0, 1], of eval-mode features in one batch of all images.</param>
/// <param name="Top5">Likewise top-5.</param>
/// <param name="Entropy">Of an anchor's softmax, in nats.</param>
internal sealed record HealthRow(string Features, EncoderHealth Health, double Top1, double Top5, double Entropy);

/// <summary>What can be said of a run without labels.</summary>
internal sealed class HealthReport(string source, string data, int images, double temperature, IReadOnlyList<HealthRow> rows) : Report
{
    /// <summary>The trained encoder's alarm, or null.</summary>
    public string? Alarm => rows[0].Health.Alarm;

    protected override string Title => string.Create(CultureInfo.InvariantCulture, $"{source}: two views of each of {images} images of {data}, τ {temperature}");

    protected override JsonObject ToJson() => new()
    {
        ["weights"] = source,
        ["data"] = data,
        ["images"] = images,
        ["temperature"] = temperature,
        ["alarm"] = Alarm,
        ["rows"] = new JsonArray([.. rows.Select(r => (JsonNode)new JsonObject
        {
            ["features"] = r.Features, ["alignment"] = r.Health.Alignment, ["uniformity"] = r.Health.Uniformity, ["effective_rank"] = r.Health.EffectiveRank,
            ["dimensions"] = r.Health.Dimensions, ["deviation"] = r.Health.Deviation, ["dead_dimensions"] = r.Health.DeadDimensions, ["dead_rows"] = r.Health.DeadRows,
            ["contrastive_top1"] = r.Top1, ["contrastive_top5"] = r.Top5, ["entropy"] = r.Entropy, ["alarm"] = r.Health.Alarm,
        })]),
    };

    protected override Table ToTable()
    {
        var table = NewTable("features", ".alignment ↓", ".uniformity ↓", ".effective rank ↑", ".deviation → 1", ".dead %", ".top-1 % ↑", ".top-5 %", ".entropy");
        foreach (var r in rows)
        {
            table.AddRow(r.Features, Number(r.Health.Alignment, "f3"), Number(r.Health.Uniformity, "f3"), Number(r.Health.EffectiveRank, "f1") + $" of {r.Health.Dimensions}",
                Number(r.Health.Deviation, "f3"), Number(100 * r.Health.DeadDimensions, "f1"), Number(100 * r.Top1, "f2"), Number(100 * r.Top5, "f2"), Number(r.Entropy, "f3"));
        }
        return table;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
