using System.CommandLine;
using System.Text.Json;
using SimClr.Cli.Benchmarks;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr bench-device</c>: measures the speed of a GPU, for <c>benchmarks/gpu-first.sh</c>.</summary>
internal static class BenchDeviceCommand
{
    public static Command Create()
    {
        string[] names = [.. DeviceCatalog.All.Select(e => e.Name), .. DeviceCatalog.Profiles.Keys];
        var what = new Argument<string[]>("what")
        { Description = $"Benchmarks: {string.Join(", ", names)}.", HelpName = "WHAT", Arity = ArgumentArity.OneOrMore };
        what.AcceptOnlyFromAmong(names);
        var device = SharedOptions.Device();
        var precision = SharedOptions.Choice("--precision", "fp32, tf32 or bf16.", Precision.Fp32, "NAME");
        var batch = NumberOption.Whole("--batch-size", "Images in a batch, or the side of the matrices.", "N", least: 2)
            .WithDefault("the benchmark's own");
        var seconds = NumberOption.Whole("--seconds", "Seconds for which each is repeated.", "S", least: 0).WithDefault("5");
        var threads = SharedOptions.Threads();
        var command = new Command("bench-device", "Measure the speed of a GPU, as JSON lines")
            { what, device, precision, batch, seconds, threads };
        command.SetAction(parsed =>
        {
            var terminal = parsed.Terminal();
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            int workers = parsed.GetValue(threads) ?? Environment.ProcessorCount;
            foreach (var entry in DeviceCatalog.All.Where(e => parsed.GetValue(what)!.Contains(e.Name)))
            {
                int n = parsed.GetValue(batch) ?? entry.Batch;
                using var benchmark = entry.Make(n, parsed.GetValue(precision), place, workers);
                terminal.Verbatim(JsonSerializer.Serialize(
                    DeviceMeasurement.Of(entry.Name, entry.Unit, benchmark, parsed.GetValue(seconds) ?? 5, n,
                        parsed.GetValue(precision).ToString().ToLowerInvariant(), Machine.NameOf(place)), BenchmarkResults.OneLine));
            }
            foreach (var (name, (depth, size, usual, side)) in DeviceCatalog.Profiles.Where(p => parsed.GetValue(what)!.Contains(p.Key)))
            {
                int n = parsed.GetValue(batch) ?? usual;
                terminal.Verbatim(JsonSerializer.Serialize(DeviceProfile.Of(name,
                    DeviceStep.Options(depth, size, n, parsed.GetValue(precision)), DeviceCatalog.Images(n, side),
                    parsed.GetValue(seconds) ?? 5, workers, place, Machine.NameOf(place)), BenchmarkResults.OneLine));
            }
            return 0;
        });
        return command.WithDetails("Matrix products, views, training steps and their profiles; benchmarks/gpu-first.sh runs them.")
            .WithExamples(("A training step of the paper's network on a GPU",
                "simclr bench-device step-resnet50-224 --device cuda --precision bf16"));
    }
}
