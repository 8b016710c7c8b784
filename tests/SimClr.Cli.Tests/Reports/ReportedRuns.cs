using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;
using SkiaSharp;

namespace SimClr.Cli.Tests.Reports;

[CollectionDefinition(nameof(ReportedRuns), DisableParallelization = true)]
public sealed class SharedReportedRuns : ICollectionFixture<ReportedRuns>;

/// <summary>
/// Two small runs on a folder of drawn images with classes, one of which has markup in its name, and the report of the first run. Created
/// once.
/// </summary>
public sealed class ReportedRuns : IDisposable
{
    /// <summary>Sets <c>window.hacked</c> if any text becomes markup.</summary>
    public static readonly string EvilClass = OperatingSystem.IsWindows() ? "&lt;img src=x onerror=hacked=1&gt;" : "<img src=x onerror=hacked=1>"; // no < in names

    private readonly TemporaryFolder folder = new();

    public ReportedRuns()
    {
        string[] classes = ["circles", "stripes", "dots", EvilClass];
        for (int c = 0; c < classes.Length; c++)
        {
            Directory.CreateDirectory(In("photos", classes[c]));
            for (int i = 0; i < 20; i++) Draw(In("photos", classes[c], $"{i:d2}.png"), c, i);
        }
        const string Small = "--image-size 16 --width 0.0625 --batch-size 16 --threads 1 --epochs 4";
        foreach (var (name, options) in (ReadOnlySpan<(string, string)>)[("first", ""), ("second", "--temperature 0.1")])
        {
            var (exitCode, _, error) = InProcess.Run($"pretrain --data {Data} --output {In(name)} {Small} {options}");
            exitCode.ShouldBe(0, error);
        }
        (Exit, Output, Error) = InProcess.Run($"report {In("first")} --threads 1");
        Exit.ShouldBe(0, Error);
    }

    public string Data => In("photos");

    public string Page => In("first", "report.html");

    public int Exit { get; }

    public string Output { get; }

    public string Error { get; }

    public string In(params string[] names) => folder.In(names);

    /// <summary>The data in a page.</summary>
    public static JsonNode DataOf(string file)
    {
        string html = File.ReadAllText(file);
        const string Open = "<script type=\"application/json\" id=\"data\">";
        int start = html.IndexOf(Open, StringComparison.Ordinal) + Open.Length;
        return JsonNode.Parse(html[start..html.IndexOf("</script>", start, StringComparison.Ordinal)])!;
    }

    /// <summary>The rows of a table in a page, each cell as text.</summary>
    public static List<string[]> Table(JsonNode data, string section) =>
        [.. data["tables"]!.AsArray().Single(t => (string)t!["section"]! == section)!["rows"]!.AsArray().Select(r => r!.AsArray().Select(c => (string)c!).ToArray())];

    public void Dispose() => folder.Dispose();

    private static void Draw(string file, int kind, int index)
    {
        using var bitmap = new SKBitmap(20, 20);
        for (int y = 0; y < 20; y++)
        {
            for (int x = 0; x < 20; x++)
            {
                bool ink = kind switch
                {
                    0 => (x - 10) * (x - 10) + (y - 10) * (y - 10) < 30 + index,
                    1 => (x + index) % 6 < 3,
                    2 => (x + index) % 5 < 2 && y % 5 < 2,
                    _ => y > 10 + index % 5,
                };
                bitmap.SetPixel(x, y, ink ? new SKColor((byte)(40 + 9 * index), (byte)(60 * kind), 120) : new SKColor(230, (byte)(200 - 5 * index), (byte)(150 + 20 * kind)));
            }
        }
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(file, png.ToArray());
    }
}
