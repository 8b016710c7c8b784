using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SimClr.Tests.Datasets;

/// <summary>A file server on the loopback address that can be told to misbehave; one response per connection.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopped = new();

    public LoopbackServer()
    {
        listener.Start();
        Address = new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/files/");
        _ = AcceptAsync();
    }

    public enum Kind
    {
        /// <summary>Closes the connection after this many bytes of the content.</summary>
        Cut,

        /// <summary>Sends this many bytes of the content and then nothing.</summary>
        Hold,

        /// <summary>Answers with this status.</summary>
        Status,

        /// <summary>Sends a range that starts this many bytes early.</summary>
        Early,
    }

    public Uri Address { get; }

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>The faults of the next responses, in order; later responses are correct.</summary>
    public ConcurrentQueue<(Kind Kind, int Value)> Faults { get; } = new();

    /// <summary>The file and the Range header of each request.</summary>
    public ConcurrentQueue<(string File, string? Range)> Requests { get; } = new();

    public bool KnowsRanges { get; set; } = true;

    public void Dispose()
    {
        if (stopped.IsCancellationRequested) return;
        stopped.Cancel();
        listener.Dispose();
        stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stopped.Token);
                _ = AnswerAsync(client, stopped.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test has ended.
        }
    }

    private async Task AnswerAsync(TcpClient client, CancellationToken cancellationToken)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                var (file, range) = await ReadRequestAsync(stream);
                Requests.Enqueue((file, range));
                Faults.TryDequeue(out var fault);
                bool isFault = fault != default;
                var (head, body) = Respond(file, range, isFault ? fault : null);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
                int send = isFault && fault.Kind is Kind.Cut or Kind.Hold ? Math.Min(fault.Value, body.Length) : body.Length;
                await stream.WriteAsync(body.AsMemory(0, send), cancellationToken);
                if (isFault && fault.Kind == Kind.Hold) await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The client closed the connection, or the test has ended.
            }
        }
    }

    private static async Task<(string File, string? Range)> ReadRequestAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var file = (await reader.ReadLineAsync())!.Split(' ')[1];
        string? range = null;
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            if (line.StartsWith("Range: ", StringComparison.OrdinalIgnoreCase)) range = line[7..];
        }

        return (file[(file.LastIndexOf('/') + 1)..], range);
    }

    private (string Head, byte[] Body) Respond(string file, string? range, (Kind Kind, int Value)? fault)
    {
        string Head(string status, int length, string more = "") =>
            $"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n";

        if (fault is { Kind: Kind.Status, Value: var code }) return (Head($"{code} Something", 0), []);
        if (!Files.TryGetValue(file, out var whole)) return (Head("404 Not Found", 0), []);
        if (range is null || !KnowsRanges) return (Head("200 OK", whole.Length), whole);

        int from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        if (from >= whole.Length) return (Head("416 Range Not Satisfiable", 0, $"Content-Range: bytes */{whole.Length}\r\n"), []);
        if (fault is { Kind: Kind.Early, Value: var early }) from -= early;
        return (Head("206 Partial Content", whole.Length - from, $"Content-Range: bytes {from}-{whole.Length - 1}/{whole.Length}\r\n"), whole[from..]);
    }
}
