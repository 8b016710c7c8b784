using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;
using static SimClr.Cli.Tests.Reports.GrowingRun;

namespace SimClr.Cli.Tests.Reports;

public sealed class WatchCommandTests : IDisposable
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

        run.Rewrite(Line(1, 5), Line(2, 4.5), Line(3, 3.5), Line(4, 2.5)); // a resumed run, longer already than what was read
        Losses(watched.Update(data => Losses(data).Length != 3)).ShouldBe([5, 4.5, 3.5, 2.5]);

        run.Append(Line(5, 2), Line(6, 1));
        run.Finish();
        Losses(watched.Update(data => (string)data["live"]! == "Finished: 6 steps.")).Length.ShouldBe(6);
        watched.Next()!.Value.Type.ShouldBe("end");
        watched.Next().ShouldBeNull();
        watched.Page().ShouldContain("Finished: 6 steps."); // who comes later sees it too
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
    public void A_signal_ends_it_with_open_streams(string signal, int expected)
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
    public void Nothing_but_the_page_and_its_events_is_served_and_only_to_this_machine_under_its_own_name()
    {
        using var watched = new Watched(run.Path);
        using (var page = watched.Ask("/"))
        {
            page.StatusCode.ShouldBe(HttpStatusCode.OK);
            page.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'none'");
        }
        foreach (string path in (string[])["/recipe.yaml", "/metrics.jsonl", "/run.json", "/index.html", "/events/recipe.yaml", "/growing", "/%2e%2e/run.json", "/..%2f..%2fetc%2fpasswd"])
        {
            using var missing = watched.Ask(path);
            missing.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            Watched.Text(missing).ShouldBe("", path);
        }
        foreach (string path in (string[])["/../run.json", "//etc/passwd"])
            Raw(watched.Address, $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ShouldContain(" 404 ", customMessage: path);
        foreach (var method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete])
        {
            using var refused = watched.Ask("/", method);
            refused.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        }

        foreach (string path in (string[])["/", "/events"])
        {
            foreach (string host in (string[])["evil.example", $"evil.example:{watched.Address.Port}", "localhost.evil.example", "127.0.0.2", "0.0.0.0"])
            {
                using var refused = watched.Ask(path, host: host);
                refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest, host);
                Watched.Text(refused).ShouldNotContain("growing");
            }
        }
        foreach (string host in (string[])["localhost", $"localhost:{watched.Address.Port}", "localhost:1", "127.0.0.1", "[::1]:8000"])
        {
            using var served = watched.Ask("/", host: host);
            served.StatusCode.ShouldBe(HttpStatusCode.OK, host);
        }
        Raw(watched.Address, "GET / HTTP/1.0\r\n\r\n").ShouldContain(" 400 "); // no name at all

        var others = NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address).Where(a => !a.Equals(IPAddress.Loopback));
        foreach (var address in others.Append(IPAddress.Parse("127.0.0.2"))) // an address of every Linux
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            Should.Throw<SocketException>(() => socket.Connect(address, watched.Address.Port), $"{address}").SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        }
    }

    [Fact]
    public void A_folder_that_goes_away_is_said_on_the_page_which_goes_on_when_it_is_back()
    {
        using var watched = new Watched(run.Path);
        run.Append(Line(1, 5));
        watched.Update(data => Losses(data).Length == 1);
        Directory.Move(run.Path, run.Path + "-away");
        ((string)watched.Update(data => !((string)data["live"]!).StartsWith("Training", StringComparison.Ordinal))["live"]!).ShouldContain("is no run folder");
        Directory.Move(run.Path + "-away", run.Path);
        Losses(watched.Update(data => ((string)data["live"]!).StartsWith("Training: step 1", StringComparison.Ordinal))).ShouldBe([5]);
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void In_a_browser_curves_grow_and_a_restarted_server_is_found_again()
    {
        run.Append(Line(1, 5.5), Line(2, 4.5));
        var watched = new Watched($"{run.Path} --port {FreePort()}");
        try
        {
            using var browser = Browser.Open(watched.Address.AbsoluteUri);
            browser.WaitFor("document.querySelector('#live').textContent.startsWith('Training: step 2 of 6')");
            browser.WaitFor("document.querySelectorAll('.chart path.line').length > 1");
            browser.Text(".chart .legend b").ShouldBe("4.5");

            string Background() => browser.Value("getComputedStyle(document.body).backgroundColor")!.GetValue<string>();
            string before = Background();
            browser.Click("#theme");
            string switched = Background();
            switched.ShouldNotBe(before);
            var (x, y, width, height) = browser.Find(".chart svg");
            browser.Mouse("mouseMoved", x + 55, y + height / 2);
            browser.Text(".chart .legend b").ShouldBe("5.5");
            browser.Mouse("mousePressed", x + width * 0.4, y + height / 2);
            browser.Mouse("mouseMoved", x + width * 0.6, y + height / 2);
            browser.Mouse("mouseReleased", x + width * 0.6, y + height / 2);
            browser.Value("document.querySelector('#reset-zoom').hidden")!.GetValue<bool>().ShouldBeFalse();

            run.Append(Line(3, 3.5));
            browser.WaitFor("document.querySelector('#live').textContent.startsWith('Training: step 3 of 6')");
            browser.Text("#facts").ShouldContain("3 of 6, 8 images each");
            browser.Value("document.querySelector('#reset-zoom').hidden")!.GetValue<bool>().ShouldBeFalse(); // the zoom stays
            browser.Click("#reset-zoom");
            browser.Mouse("mouseMoved", 5, 5);
            browser.Text(".chart .legend b").ShouldBe("3.5");
            Background().ShouldBe(switched);
            browser.Value("document.querySelectorAll('#facts table, #recipe table').length")!.GetValue<int>().ShouldBe(2);
            browser.Errors.ShouldBeEmpty();
            browser.Requests.Distinct().Where(r => !r.StartsWith("data:", StringComparison.Ordinal)).ShouldBe([watched.Address.AbsoluteUri, $"{watched.Address}events"]);

            watched.Stop();
            watched.Dispose();
            browser.WaitFor("document.querySelector('#live').textContent.startsWith('Connection lost')");
            run.Append(Line(4, 2.5));
            watched = new Watched($"{run.Path} --port {watched.Address.Port}");
            browser.WaitFor("document.querySelector('#live').textContent.startsWith('Training: step 4 of 6')");
            run.Finish();
            browser.WaitFor("document.querySelector('#live').textContent === 'Finished: 4 steps.'");
            browser.Errors.ShouldAllBe(e => e.Contains("ERR_CONNECTION_REFUSED", StringComparison.Ordinal) || e.Contains("ERR_INCOMPLETE_CHUNKED_ENCODING", StringComparison.Ordinal));
        }
        finally
        {
            watched.Dispose();
        }
    }

    [Theory]
    [InlineData("watch", 2, "Required argument 'RUN' missing")]
    [InlineData("watch /nowhere", 1, "/nowhere is no run folder")]
    [InlineData("watch RUN --port 65536", 2, "--port must be at most 65535")]
    [InlineData("watch RUN --port -1", 2, "--port must be at least 0")]
    [InlineData("watch RUN --port TAKEN", 1, "address already in use")]
    public void Bad_input_gets_one_clear_sentence(string arguments, int expected, string sentence)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (exitCode, output, error) = Simclr.Run(arguments.Replace("RUN", run.Path, StringComparison.Ordinal).Replace("TAKEN", $"{((IPEndPoint)taken.LocalEndpoint).Port}", StringComparison.Ordinal));
        (exitCode, output).ShouldBe((expected, ""), error);
        error.ShouldContain(sentence);
        error.TrimEnd().ShouldNotContain('\n');
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // What no client library would send.
    private static string Raw(Uri address, string request)
    {
        using var client = new TcpClient(address.Host, address.Port);
        client.GetStream().Write(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());
        return reader.ReadToEnd();
    }
}
