using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.Cli.Benchmarks;
using SimClr.Cli.Output;
using SimClr.IO;
using Spectre.Console;

namespace SimClr.Cli.Commands;

/// <summary>The figures as a table or as a list of objects.</summary>
internal sealed class BenchOutput(BenchmarkResults results) : TableOutput
{
    protected override string Title => $"{results.Machine.Cpu}, {results.Machine.Threads} threads: {results.Machine.Peaks}";

    /// <summary>A warning that names the noisy figures; null if there are none.</summary>
    public string? Noise => results.Results.Where(r => r.Spread > Measurement.Noisy).Select(r => r.Name).ToList() is { Count: > 0 } noisy
        ? string.Create(CultureInfo.InvariantCulture, $"The quartiles are more than {Measurement.Noisy * 100:f0} % apart, " +
            $"probably because other programs use the processors: {string.Join(", ", noisy)}")
        : null;

    public override JsonNode ToJson() => JsonSerializer.SerializeToNode(results.Results, BenchmarkResults.Json)!;

    protected override Table ToTable()
    {
        bool rival = results.Results.Any(r => r.Rival is not null);
        var table = NewTable(["benchmark", ".value", "unit", ".spread", ".floor", ".× floor",
            ".memory MB", .. rival ? (string[])[".PyTorch", ".× PyTorch", ".its memory MB"] : []]);
        foreach (var r in results.Results)
        {
            string[] other = rival ? [Number(r.Rival?.Value), Number(r.Speedup), Number(r.Rival?.MemoryMB)] : [];
            table.AddRow([r.Name, Number(r.Value), r.Unit, $"{Percent.Of(r.Spread, 0)} %",
                Number(r.Floor), Number(r.Ratio), Number(r.MemoryMB), .. other]);
        }
        return table;
    }

    /// <summary>Three significant digits; no decimals from 100 on.</summary>
    internal static string Number(double? value) => value switch
    {
        null => "",
        >= 100 => value.Value.ToString("n0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("f1", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("f2", CultureInfo.InvariantCulture),
    };
}
