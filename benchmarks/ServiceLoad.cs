// Loads the service of samples/EmbeddingService: images, and one bomb in a hundred (a small PNG of 9,900 × 9,900 pixels).
//   dotnet run -c Release benchmarks/ServiceLoad.cs http://127.0.0.1:5000/embed my-photos 20000 8 PID
// Prints requests per second, the time of a request (median and 99th percentile, on this side), the answers by status, and the resident
// memory of the process PID after every tenth of the requests. docs/applications.md has figures.
#:property PublishAot=false
#:property UsesLibTorch=false
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;

var (url, folder, requests, connections) = (args[0], args[1], int.Parse(args[2]), int.Parse(args[3]));
byte[][] images = [.. Directory.GetFiles(folder).Order().Select(File.ReadAllBytes)];
byte[] bomb = Bomb(9900);
Console.WriteLine($"{images.Length} images of {images.Average(i => i.Length) / 1e3:f0} kB on average, a bomb of {bomb.Length / 1e3:f0} kB");
using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections });
var times = new ConcurrentBag<double>();
var answers = new ConcurrentDictionary<string, int>();
int sent = 0, done = 0;
long began = Stopwatch.GetTimestamp();
await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
{
    while (Interlocked.Increment(ref sent) is var i && i <= requests)
    {
        bool hostile = i % 100 == 0;
        long start = Stopwatch.GetTimestamp();
        string answer;
        try
        {
            using var response = await client.PostAsync(url, new ByteArrayContent(hostile ? bomb : images[i % images.Length]));
            await response.Content.ReadAsByteArrayAsync();
            answer = $"{(hostile ? "bomb" : "image")}: {(int)response.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            answer = $"{(hostile ? "bomb" : "image")}: {e.HttpRequestError}";
        }
        if (!hostile) times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        answers.AddOrUpdate(answer, 1, (_, n) => n + 1);
        if (Interlocked.Increment(ref done) % Math.Max(1, requests / 10) == 0) Console.WriteLine($"{done} requests: {Resident()}");
    }
}));
double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
double[] sorted = [.. times.Order()];
double Quantile(double share) => sorted[(int)(share * (sorted.Length - 1))];
Console.WriteLine($"{requests / seconds:f1} requests/s; p50 {Quantile(0.5):f1} ms, p99 {Quantile(0.99):f1} ms");
foreach (var (answer, count) in answers.OrderBy(a => a.Key)) Console.WriteLine($"{answer}: {count}");

string Resident() => args.Length < 5 ? "" : File.ReadLines($"/proc/{args[4]}/status").First(line => line.StartsWith("VmRSS"));

static byte[] Bomb(int side)
{
    using var packed = new MemoryStream();
    using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        for (int y = 0; y < side; y++) zlib.Write(new byte[3 * side + 1]);
    byte[] head = new byte[13];
    BinaryPrimitives.WriteInt32BigEndian(head, side);
    BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), side);
    (head[8], head[9]) = (8, 2);
    return [0x89, .. "PNG\r\n"u8, 0x1a, 0x0a, .. Chunk("IHDR", head), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
}

static byte[] Chunk(string name, byte[] data)
{
    byte[] chunk = [0, 0, 0, 0, .. name.Select(c => (byte)c), .. data, 0, 0, 0, 0];
    BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
    BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(^4..), Crc(chunk.AsSpan(4..^4)));
    return chunk;
}

static uint Crc(ReadOnlySpan<byte> bytes)
{
    uint crc = uint.MaxValue;
    foreach (byte b in bytes)
    {
        crc ^= b;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
    }
    return ~crc;
}
