using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace SimClr.Datasets;

/// <summary>
/// Receives a file over HTTP into a partial file. After an interruption it continues from the end of that file, in this call or a later
/// one. A server without byte ranges sends everything again. The caller's checksum decides whether the parts fit together, even if a server
/// has no ETag.
/// </summary>
internal sealed class ResumableTransfer(HttpClient http, TimeSpan retryDelay, TimeSpan stallLimit)
{
    private const int FruitlessAttempts = 5;

    /// <summary>Receives the whole file.</summary>
    /// <exception cref="HttpRequestException">The server refuses, or several attempts in a row received nothing.</exception>
    public async Task FetchAsync(Uri address, string part, Action<long, long?> received, CancellationToken cancellationToken)
    {
        for (int fruitless = 0; ;)
        {
            long before = Length(part);
            try
            {
                await AttemptAsync(address, part, received, cancellationToken);
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && MayPass(e))
            {
                fruitless = Length(part) > before ? 0 : fruitless + 1;
                if (fruitless == FruitlessAttempts && e is HttpRequestException { StatusCode: not null }) throw;
                if (fruitless == FruitlessAttempts)
                    throw new HttpRequestException($"{address}: no byte arrived in {FruitlessAttempts} attempts ({e.Message}). The " +
                        $"earlier part is kept for the next attempt.", e);
                await Task.Delay(retryDelay, cancellationToken);
            }
        }
    }

    private async Task AttemptAsync(Uri address, string part, Action<long, long?> received, CancellationToken cancellationToken)
    {
        long have = Length(part);
        using var response = await RequestAsync(address, have, cancellationToken);
        var range = response.Content.Headers.ContentRange;
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && have > 0)
        {
            if (range?.Length == have) return;
            File.Delete(part);
            throw new HttpRequestException("the file on the server is shorter than the part that was downloaded");
        }

        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException(
                $"{address}: the server answers {(int)response.StatusCode} ({response.ReasonPhrase}); the file may be at another " +
                $"address, a mirror.", null, response.StatusCode);
        }

        bool resumes = response.StatusCode == HttpStatusCode.PartialContent && range?.From == have;
        if (response.StatusCode == HttpStatusCode.PartialContent && !resumes)
        {
            File.Delete(part);
            throw new HttpRequestException("the server sent another range than the one asked for");
        }

        if (!resumes) have = 0;
        long? total = resumes ? range!.Length : response.Content.Headers.ContentLength;
        await using var file = new FileStream(part, resumes ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read);
        await CopyAsync(response, file, read => received(have += read, total), cancellationToken);
        file.Flush(flushToDisk: true);
        if (have < total) throw new HttpRequestException($"the server closed the connection after {have} of {total} bytes");
    }

    private async Task<HttpResponseMessage> RequestAsync(Uri address, long from, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private async Task CopyAsync(HttpResponseMessage response, FileStream file, Action<int> received, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[1 << 18];
        while (true)
        {
            stall.CancelAfter(stallLimit);
            int read = await body.ReadAsync(buffer, stall.Token);
            if (read == 0) return;
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            received(read);
        }
    }

    // True for a broken or stalled connection, or a server error: retrying may help. False for a refusal or an error of our own disk.
    private static bool MayPass(Exception e) =>
        e is HttpRequestException { StatusCode: null or >= HttpStatusCode.InternalServerError }
            or HttpIOException or OperationCanceledException
        || (e is IOException && e.InnerException is SocketException);

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
