using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using SimClr.IO;
using SimClr.Protocols;
using Spectre.Console;

namespace SimClr.Cli.Commands;

/// <summary>The health of an encoder, measured without labels.</summary>
internal sealed class HealthOutput(HealthReport report) : TableOutput
{
    protected override string Title => string.Create(CultureInfo.InvariantCulture,
        $"{report.Source}: two views of each of {report.Images} images of {report.Data}, τ {report.Temperature}");

    public override JsonObject ToJson() => new()
    {
        ["weights"] = report.Source,
        ["data"] = report.Data,
        ["images"] = report.Images,
        ["temperature"] = report.Temperature,
        ["alarm"] = report.Alarm,
        ["rows"] = new JsonArray([.. report.Rows.Select(r => (JsonNode)new JsonObject
        {
            ["features"] = r.Features, ["alignment"] = r.Health.Alignment, ["uniformity"] = r.Health.Uniformity,
            ["effective_rank"] = r.Health.EffectiveRank,
            ["dimensions"] = r.Health.Dimensions, ["deviation"] = r.Health.Deviation, ["dead_dimensions"] = r.Health.DeadDimensions,
            ["dead_rows"] = r.Health.DeadRows,
            ["contrastive_top1"] = r.Top1, ["contrastive_top5"] = r.Top5, ["entropy"] = r.Entropy, ["alarm"] = r.Health.Alarm,
        })]),
    };

    protected override Table ToTable()
    {
        var table = NewTable("features", ".alignment ↓", ".uniformity ↓", ".effective rank ↑",
            ".deviation → 1", ".dead %", ".top-1 % ↑", ".top-5 %", ".entropy");
        foreach (var r in report.Rows)
        {
            table.AddRow(r.Features, Number(r.Health.Alignment, "f3"), Number(r.Health.Uniformity, "f3"),
                Number(r.Health.EffectiveRank, "f1") + $" of {r.Health.Dimensions}",
                Number(r.Health.Deviation, "f3"), Percent.Of(r.Health.DeadDimensions, 1), Percent.Of(r.Top1),
                Percent.Of(r.Top5), Number(r.Entropy, "f3"));
        }
        return table;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
