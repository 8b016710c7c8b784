using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace SimClr.Cli.Reports;

/// <summary>The page: HTML, styles, scripts and data in a single self-contained text.</summary>
internal static partial class ReportPage
{
    // The default encoder writes <, > and & as \u003C and so on, so no data can end its script block.
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.Default,
    };

    // In the order of their dependencies.
    private static readonly string[] Scripts = ["dom.js", "chart.js", "curves.js", "map.js", "sections.js", "page.js"];

    /// <summary>Renders the page for some data.</summary>
    public static string Render(ReportData data) => Place().Replace(Asset("page.html"), match => match.Groups[1].Value switch
    {
        "title" => WebUtility.HtmlEncode(data.Title),
        "styles" => Asset("page.css"),
        "script" => string.Join('\n', (data.Live is null ? Scripts : [.. Scripts, "live.js"]).Select(Asset)),
        _ => ToJson(data),
    });

    /// <summary>The data as JSON for the page's script, also for <c>simclr.update</c>.</summary>
    public static string ToJson(ReportData data) => JsonSerializer.Serialize(data, Json);

    [GeneratedRegex(@"\{\{(title|styles|script|data)\}\}")]
    private static partial Regex Place();

    private static string Asset(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream($"page/{name}")
            ?? throw new InvalidOperationException($"The page lacks {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
