using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using SimClr.Pretraining;

namespace SimClr.Cli.Commands;

/// <summary>The deviations between a device and the CPU.</summary>
internal sealed class DeviceSelftestOutput(DeviceSelfTest test, int batch, string device) : CommandOutput
{
    public override JsonObject ToJson() => new()
    {
        ["sound"] = test.IsSound,
        ["device"] = device,
        ["batch"] = batch,
        ["views"] = test.Views,
        ["loss"] = test.Loss,
        ["float64"] = SelftestOutput.Json(test.DoublePrecision),
        ["float32"] = SelftestOutput.Json(test.SinglePrecision),
        ["bf16"] = SelftestOutput.Json(test.Bf16),
        ["collectives"] = test.Collectives,
    };

    protected override void PrintText(Terminal terminal)
    {
        terminal.Result($"{device} beside the CPU. Largest differences:");
        terminal.Result(Line("views, every augmentation", test.Views, DeviceSelfTest.Tolerance));
        terminal.Result(Line("NT-Xent and its gradient, float32", test.Loss, DeviceSelfTest.Tolerance));
        terminal.Result($"{DeviceSelfTest.Steps} training steps with a batch of {batch} images:");
        terminal.Result(SelftestOutput.Float64("consecutive steps", test.DoublePrecision, DeviceSelfTest.DoubleTolerance));
        terminal.Result(SelftestOutput.Float32(test.SinglePrecision));
        terminal.Result(SelftestOutput.Line("bf16, each step from the same weights", test.Bf16)
            + Within("loss", test.Bf16.Loss <= DeviceSelfTest.Bf16Tolerance, DeviceSelfTest.Bf16Tolerance));
        terminal.Result(test.Collectives switch
        {
            null => "NCCL is not used on this device.",
            true => "NCCL with one rank: collectives correct",
            false => "NCCL with one rank: collectives WRONG",
        });
    }

    private static string Line(string what, double difference, double tolerance) => string.Create(CultureInfo.InvariantCulture,
        $"  {what,-42} {difference:0.0e-0}   {Within("all", difference <= tolerance, tolerance)}");

    private static string Within(string what, bool holds, double tolerance) => string.Create(CultureInfo.InvariantCulture,
        $"{what} {(holds ? "within" : "NOT within")} {tolerance:0.##e-0}");
}
