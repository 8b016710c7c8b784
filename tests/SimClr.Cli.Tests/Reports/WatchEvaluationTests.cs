using System.Text.Json.Nodes;

namespace SimClr.Cli.Tests.Reports;

[Collection(nameof(ReportedRuns))]
public sealed class WatchEvaluationTests(ReportedRuns runs)
{
    private static readonly string[] Heavy = ["confusion", "map", "sprites", "pictures"];

    [Fact]
    public void A_requested_evaluation_equals_the_reports_and_is_run_once()
    {
        using var watched = new Watched($"{runs.In("first")} --evaluate");
        var report = ReportedRuns.DataOf(runs.Page);

        var data = watched.Update(d => d["map"] is not null);

        foreach (string part in Heavy) JsonNode.DeepEquals(data[part], report[part]).ShouldBeTrue(part);
        ReportedRuns.Table(data, "evaluation").ShouldBe(ReportedRuns.Table(report, "evaluation"));
        data["figures"]!.AsArray().Select(f => (string)f!["name"]!).ShouldBe(report["figures"]!.AsArray().Select(f => (string)f!["name"]!));
        data["notes"]!.AsArray().ShouldBeEmpty();
        while (watched.Next() is { Type: "update" } later) JsonNode.Parse(later.Data)!["map"].ShouldBeNull();
    }

    [Fact]
    public void In_a_browser_the_sections_of_an_evaluation_appear_on_the_open_page()
    {
        using var watched = new Watched($"{runs.In("first")} --evaluate");
        using var browser = Browser.Open(watched.Address.AbsoluteUri);
        browser.WaitFor("!!document.querySelector('#map circle')?.getAttribute('cx') && !!document.querySelector('#neighbours .tile')");
        browser.Text("#contents").ShouldContain("Map of the embeddings");
        browser.Value("[...document.querySelectorAll('#contents a')].length === new Set([...document.querySelectorAll('#contents a')].map(a => a.textContent)).size")!.GetValue<bool>().ShouldBeTrue();
        browser.Value("getComputedStyle(document.querySelector('#neighbours .tile')).backgroundImage.startsWith('url(\"blob:')")!.GetValue<bool>().ShouldBeTrue();
        browser.Value("typeof window.hacked")!.GetValue<string>().ShouldBe("undefined");
        browser.Errors.ShouldBeEmpty();
    }
}
