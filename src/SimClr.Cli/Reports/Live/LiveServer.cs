using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SimClr.Cli.Output;

namespace SimClr.Cli.Reports;

/// <summary>
/// Serves a run's page on this machine's loopback interface: <c>/</c> is the page, <c>/events</c> are its changes; nothing else exists. No
/// part of a request names a file. Requests under another host name are refused (DNS rebinding).
/// </summary>
internal sealed class LiveServer(LiveRun run, Terminal terminal)
{
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(2), Patience = TimeSpan.FromSeconds(2);

    // The page is self-contained; apart from drawing, it may only request events.
    private const string Policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: " +
        "blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Serves until it is stopped. First prints the address.</summary>
    /// <param name="port">The port; 0 for a free one.</param>
    /// <param name="stop">Stops the server and its open streams.</param>
    /// <exception cref="IOException">The port is in use, or not allowed for this user.</exception>
    public async Task ServeAsync(int port, CancellationToken stop)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Listen(IPAddress.Loopback, port);
        });
        builder.Services.AddRouting().Configure<HostOptions>(options => options.ShutdownTimeout = Patience)
            .AddHostFiltering(options => (options.AllowedHosts, options.AllowEmptyHosts) = (["localhost", "127.0.0.1", "[::1]"], false));
        await using var app = builder.Build();
        app.UseHostFiltering();
        app.Use(next => context =>
        {
            var headers = context.Response.Headers;
            (headers.ContentSecurityPolicy, headers.CacheControl, headers.XContentTypeOptions) = (Policy, "no-store", "nosniff");
            return next(context);
        });
        app.MapGet("/", () => Results.Content(ReportPage.Render(run.Look().Data), "text/html; charset=utf-8"));
        app.MapGet("/events", () => TypedResults.ServerSentEvents(Events(stop)));
        try
        {
            await app.StartAsync(stop);
        }
        catch (SocketException e)
        {
            throw new IOException($"Cannot listen on port {port} of 127.0.0.1: {e.Message}. Choose another --port.", e);
        }
        terminal.Result($"{app.Urls.Single()}/");
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.StopAsync(CancellationToken.None);
    }

    private async IAsyncEnumerable<SseItem<string>> Events(CancellationToken stop,
        [EnumeratorCancellation] CancellationToken aborted = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, aborted);
        LiveState? sent = null;
        while (!either.IsCancellationRequested)
        {
            var now = run.Look();
            if (now != sent) yield return new(ReportPage.ToJson(now.Since(sent)), "update") { ReconnectionInterval = Reconnect };
            sent = now;
            if (now.Ended)
            {
                yield return new("finished", "end");
                yield break;
            }
            await Task.Delay(LiveRun.Interval, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
