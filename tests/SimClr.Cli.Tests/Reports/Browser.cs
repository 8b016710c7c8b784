using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Reports;

/// <summary>A page in a headless Chromium, controlled by its DevTools protocol.</summary>
internal sealed class Browser : IDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly TemporaryFolder profile = new();
    private readonly Process process;
    private readonly ClientWebSocket socket = new();
    private readonly List<JsonNode> events = [];
    private string? session;
    private int calls;

    private Browser(string program)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--remote-debugging-port=0", $"--user-data-dir={profile.Path}", "about:blank"])
            start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
        const string Mark = "DevTools listening on ";
        string? line;
        while ((line = process.StandardError.ReadLine()) is not null && !line.StartsWith(Mark, StringComparison.Ordinal))
        {
        }
        _ = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        socket.ConnectAsync(new Uri(line![Mark.Length..]), default).Wait();
        string target = (string)Call("Target.createTarget", new JsonObject { ["url"] = "about:blank" })["targetId"]!;
        session = (string)Call("Target.attachToTarget", new JsonObject { ["targetId"] = target, ["flatten"] = true })["sessionId"]!;
        foreach (string domain in (string[])["Page", "Runtime", "Log", "Network"]) Call($"{domain}.enable");
    }

    /// <summary>Logged errors and uncaught exceptions of the page.</summary>
    public IEnumerable<string> Errors => events
        .Where(e => (string)e["method"]! == "Runtime.exceptionThrown"
            || ((string)e["method"]! == "Runtime.consoleAPICalled" && (string)e["params"]!["type"]! is "error" or "warning" or "assert")
            || ((string)e["method"]! == "Log.entryAdded" && (string)e["params"]!["entry"]!["level"]! == "error"))
        .Select(e => e.ToJsonString());

    /// <summary>The addresses that the page requested.</summary>
    public IEnumerable<string> Requests => events.Where(e => (string)e["method"]! == "Network.requestWillBeSent").Select(e => (string)e["params"]!["request"]!["url"]!);

    /// <summary>Opens a file; skips the test if no browser is installed.</summary>
    public static Browser Open(string file, int width = 1280, int height = 1000, bool phone = false)
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, $"None of {string.Join(", ", Names)} is installed (Debian: apt-get install chromium).");
        var browser = new Browser(program!);
        browser.Call("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = phone });
        browser.Call("Page.navigate", new JsonObject { ["url"] = new Uri(file).AbsoluteUri });
        browser.WaitFor("document.readyState === 'complete' && !!document.querySelector('#title').textContent");
        return browser;
    }

    /// <summary>The value of a JavaScript expression.</summary>
    public JsonNode? Value(string expression)
    {
        var answer = Call("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer["exceptionDetails"] is { } failure ? throw new InvalidOperationException($"{expression}: {failure.ToJsonString()}") : answer["result"]!["value"];
    }

    public string Text(string selector) => (string)Value($"document.querySelector({JsonValue.Create(selector).ToJsonString()}).textContent")!;

    public void WaitFor(string condition)
    {
        var clock = Stopwatch.StartNew();
        while (!(bool)Value(condition)!)
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(20)) throw new TimeoutException($"{condition} did not come true; errors: {string.Join('\n', Errors)}");
            Thread.Sleep(20);
        }
    }

    /// <summary>The position of an element after scrolling to it: left, top, width, height.</summary>
    public (double X, double Y, double Width, double Height) Find(string selector)
    {
        var box = Value($"(() => {{ const e = document.querySelector({JsonValue.Create(selector).ToJsonString()}); e.scrollIntoView({{ block: 'center', behavior: 'instant' }}); const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; }})()")!.AsArray();
        return ((double)box[0]!, (double)box[1]!, (double)box[2]!, (double)box[3]!);
    }

    public void Mouse(string type, double x, double y) =>
        Call("Input.dispatchMouseEvent", new JsonObject { ["type"] = type, ["x"] = x, ["y"] = y, ["button"] = type == "mouseMoved" ? "none" : "left", ["clickCount"] = 1, ["buttons"] = type == "mouseReleased" ? 0 : 1 });

    public void Click(string selector)
    {
        var (x, y, width, height) = Find(selector);
        foreach (string type in (string[])["mouseMoved", "mousePressed", "mouseReleased"]) Mouse(type, x + width / 2, y + height / 2);
    }

    public void Key(string key)
    {
        foreach (string type in (string[])["keyDown", "keyUp"]) Call("Input.dispatchKeyEvent", new JsonObject { ["type"] = type, ["key"] = key });
    }

    /// <summary>A screenshot, as PNG.</summary>
    public byte[] Screenshot() => Convert.FromBase64String((string)Call("Page.captureScreenshot")["data"]!);

    public JsonNode Call(string method, JsonObject? parameters = null)
    {
        int id = ++calls;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null) message["sessionId"] = session;
        socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, default).Wait();
        while (true)
        {
            var received = Receive();
            if ((int?)received["id"] == id) return received["result"] ?? throw new InvalidOperationException($"{method}: {received.ToJsonString()}");
            if (received["method"] is not null) events.Add(received);
        }
    }

    private JsonNode Receive()
    {
        using var whole = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        WebSocketReceiveResult part;
        do
        {
            part = socket.ReceiveAsync(buffer, patience.Token).GetAwaiter().GetResult();
            whole.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(whole.ToArray())!;
    }

    public void Dispose()
    {
        socket.Dispose();
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        profile.Dispose();
    }
}
