using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;
using static SimClr.Cli.Tests.Reports.GrowingRun;

namespace SimClr.Cli.Tests.Reports;

public sealed partial class WatchCommandTests : IDisposable
{
    private readonly GrowingRun run = new();

    public void Dispose() => run.Dispose();

    private static double[] Losses(JsonNode data) => data["runs"]!.AsArray().Count == 0 ? [] : [.. data["runs"]![0]!["series"]!["loss"]!["value"]!.AsArray().Select(v => (double)v!)];

    [Fact]
    public void Steps_arrive_as_they_are_written_until_the_run_is_finished()
    {
        using var watched = new Watched(run.Path);
        watched.Page().ShouldContain("Training: no step yet.");
        Losses(watched.Update(_ => true)).ShouldBeEmpty();

        string third = Line(3, 3);
        run.Append(Line(1, 5), Line(2, 4), third[..20]);
        var two = watched.Update(data => Losses(data).Length > 0);
        Losses(two).ShouldBe([5, 4]);
        ((string)two["live"]!).ShouldBe("Training: step 2 of 6, 16 images/s, about 2 s left.");
        ReportedRuns.Table(two, "facts").ShouldContain(r => r[0] == "steps" && r[1] == "2 of 6, 8 images each");
        string.Join('\n', two["notes"]!.AsArray().Select(n => (string)n!)).ShouldContain("simclr watch --evaluate"); // not "damaged"
        string.Join('\n', two["notes"]!.AsArray().Select(n => (string)n!)).ShouldNotContain("damaged");

        run.Append(third[20..]);
        Losses(watched.Update(data => Losses(data).Length > 2)).ShouldBe([5, 4, 3]);

        run.Release();
        ((string)watched.Update(data => Losses(data).Length > 0)["live"]!).ShouldStartWith("Stopped after step 3 of 6.");

        run.Rewrite(Line(1, 5), Line(2, 4.5), Line(3, 3.5), Line(4, 2.5)); // a resumed run that is already longer than the part read before
        Losses(watched.Update(data => Losses(data).Length != 3)).ShouldBe([5, 4.5, 3.5, 2.5]);

        run.Append(Line(5, 2), Line(6, 1));
        run.Finish();
        Losses(watched.Update(data => (string)data["live"]! == "Finished: 6 steps.")).Length.ShouldBe(6);
        watched.Next()!.Value.Type.ShouldBe("end");
        watched.Next().ShouldBeNull();
        watched.Page().ShouldContain("Finished: 6 steps."); // a client that connects later sees it too
    }

    [Fact]
    public void An_evaluation_that_is_saved_while_the_page_is_open_appears_on_it()
    {
        using var watched = new Watched(run.Path);
        watched.Update(_ => true)["figures"]!.AsArray().ShouldBeEmpty();
        Directory.CreateDirectory(Path.Combine(run.Path, "evaluations"));
        File.WriteAllText(Path.Combine(run.Path, "evaluations", "knn.json"), """
            { "protocol": "knn", "data": "flowers (40 training, 10 test images)", "weights": "x", "rows": [
              { "features": "encoder", "top1": 0.4, "top5": 1, "mean_per_class": 0.4, "k": 10, "weighted": true },
              { "features": "pixels", "top1": 0.5, "top5": 1, "mean_per_class": 0.5, "k": 10, "weighted": true } ] }
            """);
        var figure = watched.Update(data => data["figures"]!.AsArray().Count > 0)["figures"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)figure["name"]!, (string)figure["value"]!, (string)figure["note"]!)
            .ShouldBe(("kNN top-1", "40.0 %", "of flowers (40 training, 10 test images); pixels 50.0: below the pixels"));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void A_signal_ends_the_server_with_open_streams(string signal, int expected)
    {
        using var watched = new Watched(run.Path);
        watched.Next()!.Value.Type.ShouldBe("update");
        var clock = Stopwatch.StartNew();
        var (exitCode, output, error) = watched.Stop(signal);
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        (exitCode, output, error).ShouldBe((expected, $"{watched.Address}\n", ""));
        watched.Next().ShouldBeNull();
    }

    [Fact]
    public void A_missing_folder_is_shown_on_the_page_which_continues_when_it_is_back()
    {
        using var watched = new Watched(run.Path);
        run.Append(Line(1, 5));
        watched.Update(data => Losses(data).Length == 1);
        Directory.Move(run.Path, run.Path + "-away");
        ((string)watched.Update(data => !((string)data["live"]!).StartsWith("Training", StringComparison.Ordinal))["live"]!).ShouldContain("is not a run folder");
        Directory.Move(run.Path + "-away", run.Path);
        Losses(watched.Update(data => ((string)data["live"]!).StartsWith("Training: step 1", StringComparison.Ordinal))).ShouldBe([5]);
    }

    [Theory]
    [InlineData("watch", 2, "Required argument 'RUN' missing")]
    [InlineData("watch /nowhere", 1, "/nowhere is not a run folder")]
    [InlineData("watch RUN --port 65536", 2, "--port must be at most 65535")]
    [InlineData("watch RUN --port -1", 2, "--port must be at least 0")]
    [InlineData("watch RUN --port TAKEN", 1, "address already in use")]
    public void Bad_input_gives_one_clear_sentence(string arguments, int expected, string sentence)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (exitCode, output, error) = Simclr.Run(arguments.Replace("RUN", run.Path, StringComparison.Ordinal).Replace("TAKEN", $"{((IPEndPoint)taken.LocalEndpoint).Port}", StringComparison.Ordinal));
        (exitCode, output).ShouldBe((expected, ""), error);
        error.ShouldContain(sentence.Replace("/nowhere", Path.GetFullPath("/nowhere"), StringComparison.Ordinal));
        error.TrimEnd().ShouldNotContain('\n');
    }
}
