using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using static SimClr.Cli.Tests.Reports.GrowingRun;

namespace SimClr.Cli.Tests.Reports;

public sealed partial class WatchCommandTests
{
    [Fact]
    public void Only_the_page_and_its_events_are_served_and_only_to_this_machine()
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
        foreach (var address in others.Append(IPAddress.Parse("127.0.0.2"))) // an address that every Linux has
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            Should.Throw<SocketException>(() => socket.Connect(address, watched.Address.Port), $"{address}").SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        }
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // Requests that no client library sends.
    private static string Raw(Uri address, string request)
    {
        using var client = new TcpClient(address.Host, address.Port);
        client.GetStream().Write(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());
        return reader.ReadToEnd();
    }
}
