using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using SimClr.Distributed;
using SimClr.Pretraining;

namespace SimClr.Cli.Commands;

/// <summary>The deviations between several ranks and one rank.</summary>
internal sealed class SelftestOutput(RankSelfTest test, Ranks ranks, int batch, string device) : CommandOutput
{
    public override JsonObject ToJson() => new()
    {
        ["sound"] = test.IsSound,
        ["ranks"] = ranks.Size,
        ["hosts"] = ranks.Hosts,
        ["batch"] = batch,
        ["collectives"] = test.Collectives,
        ["float64"] = Json(test.DoublePrecision),
        ["float32"] = Json(test.SinglePrecision),
    };

    protected override void PrintText(Terminal terminal)
    {
        terminal.Result($"{ranks.Size} ranks on {ranks.Hosts} host{(ranks.Hosts == 1 ? "" : "s")}, " +
            $"{device}; collectives {(test.Collectives ? "correct" : "WRONG")}");
        terminal.Result($"{RankSelfTest.Steps} steps with a batch of {batch} images: " +
            $"all ranks together and rank 0 alone. Largest differences:");
        terminal.Result(Float64("ten consecutive steps", test.DoublePrecision, RankSelfTest.DoubleTolerance));
        terminal.Result(Float32(test.SinglePrecision));
    }

    public static JsonObject Json(StepComparison d) => new()
    {
        ["loss"] = d.Loss,
        ["gradients"] = d.Gradients,
        ["weights"] = d.Weights,
    };

    public static string Line(string how, StepComparison d) => string.Create(CultureInfo.InvariantCulture,
        $"  {how,-42} loss {d.Loss:0.0e-0}   gradients {d.Gradients:0.0e-0}   weights {d.Weights:0.0e-0}   ");

    public static string Float64(string how, StepComparison d, double tolerance) => Line($"float64, {how}", d) + string.Create(
        CultureInfo.InvariantCulture, $"{(d.IsWithin(tolerance) ? "all within" : "NOT within")} {tolerance:0e-0}");

    public static string Float32(StepComparison d)
    {
        var (loss, gradients, weights) = StepComparison.Float32Tolerance;
        return Line("float32, each step from the same weights", d) + string.Create(CultureInfo.InvariantCulture,
            $"{(d.IsWithin(StepComparison.Float32Tolerance) ? "within" : "NOT within")} {loss:0e-0}, {gradients:0e-0}, {weights:0e-0}");
    }
}
