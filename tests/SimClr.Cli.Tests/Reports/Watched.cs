using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Reports;

/// <summary>A running <c>simclr watch</c> and the pages that it serves.</summary>
internal sealed class Watched : IDisposable
{
    private readonly Simclr program;
    private readonly HttpClient client = new() { Timeout = TimeSpan.FromMinutes(1) };
    private StreamReader? events;

    public Watched(string arguments)
    {
        program = Simclr.Start($"watch {arguments}");
        string said = program.FirstLine;
        if (said.Length == 0) Assert.Fail(program.End().Error);
        Address = new Uri(said);
        client.BaseAddress = Address;
    }

    /// <summary>Its output.</summary>
    public Uri Address { get; }

    public string Page() => client.GetStringAsync("/").GetAwaiter().GetResult();

    public HttpResponseMessage Ask(string path, HttpMethod? method = null, string? host = null)
    {
        // here "//etc" is a path, not a host
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(Address.GetLeftPart(UriPartial.Authority) + path));
        request.Headers.Host = host;
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).GetAwaiter().GetResult();
    }

    /// <summary>The body of a response.</summary>
    public static string Text(HttpResponseMessage answer)
    {
        using var reader = new StreamReader(answer.Content.ReadAsStream());
        return reader.ReadToEnd();
    }

    /// <summary>Opens the stream, once.</summary>
    public void Listen() => events ??= new StreamReader(client.GetStreamAsync("/events").GetAwaiter().GetResult());

    /// <summary>The next event's type and data; null at the stream's end.</summary>
    public (string Type, string Data)? Next()
    {
        Listen();
        (string type, string data) = ("", "");
        while (events!.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1)).GetAwaiter().GetResult() is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) type = line[7..];
            if (line.StartsWith("data: ", StringComparison.Ordinal)) data += line[6..];
            if (line.Length == 0) return (type, data);
        }
        return null;
    }

    /// <summary>The first update that satisfies a condition.</summary>
    public JsonNode Update(Func<JsonNode, bool> holds)
    {
        while (Next() is { Type: "update" } found)
        {
            var data = JsonNode.Parse(found.Data)!;
            if (holds(data)) return data;
        }
        throw new InvalidOperationException("The stream ended without such an update.");
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    public (int ExitCode, string Output, string Error) Stop(string signal = "INT")
    {
        program.Signal(signal);
        return program.End();
    }

    public void Dispose()
    {
        program.Dispose();
        client.Dispose();
        events?.Dispose();
    }
}
