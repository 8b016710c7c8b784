using System.Globalization;
using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// Another data set's images, read again after a failure: a disk or server that is unavailable for a moment does not end a run. An image
/// with wrong bytes is damaged and is not read again. The data sets themselves try once; the program always reads through this class.
/// </summary>
/// <remarks>
/// The waits grow from a twentieth of a second to five seconds. If a single file is missing or not readable while its folder has other
/// files, the file is soon given up as damaged.
/// </remarks>
public class RetryingDataset : WrappedDataset
{
    private const int LastTryAlone = 2;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50), LongestWait = TimeSpan.FromSeconds(5);

    private readonly IProgress<string>? told;
    private readonly TimeProvider time;
    private readonly CancellationToken cancellationToken;
    private long away; // when the failures began; 0 while reading works

    private RetryingDataset(IImageDataset source, IProgress<string>? told, TimeProvider? time, CancellationToken cancellationToken)
        : base(source) => (this.told, this.time, this.cancellationToken) = (told, time ?? TimeProvider.System, cancellationToken);

    /// <summary>How long to wait for unavailable images, from the first failure; at least 0. Default: a minute.</summary>
    public TimeSpan Patience { get; private init; } = TimeSpan.FromMinutes(1);

    /// <summary>Wraps a data set. Encoded images stay <see cref="IEncodedImages"/>.</summary>
    /// <param name="source">The images; borrowed for as long as the result is used.</param>
    /// <param name="patience">How long to wait for unavailable images; null: a minute.</param>
    /// <param name="told">Called once when the data becomes unavailable and once when it is back; null: no calls.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="cancellationToken">Ends the wait: the reader gets an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The patience is negative.</exception>
    public static RetryingDataset Of(
        IImageDataset source, TimeSpan? patience = null, IProgress<string>? told = null, TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var limit = patience ?? TimeSpan.FromMinutes(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero, nameof(patience));
        return source is IEncodedImages encoded
            ? new Encoded(encoded, told, time, cancellationToken) { Patience = limit }
            : new RetryingDataset(source, told, time, cancellationToken) { Patience = limit };
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The image is damaged, or its file alone is missing or not readable.</exception>
    /// <exception cref="IOException">The data was unavailable for longer than <see cref="Patience"/>.</exception>
    public override DecodedImage Read(int index, DecodeBuffer buffer) => Patiently(index, i => Source.Read(i, buffer));

    private T Patiently<T>(int index, Func<int, T> read)
    {
        try
        {
            var result = read(index);
            if (Interlocked.Read(ref away) != 0) TellBack();
            return result;
        }
        catch (Exception e) when (IsAway(e))
        {
            return Again(index, read, e);
        }
    }

    private T Again<T>(int index, Func<int, T> read, Exception reason)
    {
        var wait = FirstWait;
        for (int tries = 1; ; tries++)
        {
            if (IsAlone(index, reason))
            {
                if (tries > LastTryAlone) throw new InvalidDataException($"{Source.Describe(index)}: the " +
                    $"file {(reason is FileNotFoundException ? "is missing" : "cannot be read")}, although its folder is there.", reason);
            }
            else if (AwaySince(reason) is var waited && waited >= Patience)
            {
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"The images of {Name} could not be read for " +
                    $"{waited.TotalSeconds:f0} s: {reason.Message}"), reason);
            }
            Task.Delay(wait, time, cancellationToken).GetAwaiter().GetResult();
            wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, LongestWait.Ticks));
            try
            {
                var result = read(index);
                TellBack();
                return result;
            }
            catch (Exception e) when (IsAway(e))
            {
                reason = e;
            }
        }
    }

    private static bool IsAway(Exception e) => e is IOException or UnauthorizedAccessException;

    // Whether only this image's file is missing or not readable: other files in its folder show that the disk is there.
    private bool IsAlone(int index, Exception reason)
    {
        if (reason is not FileNotFoundException && (reason.InnerException ?? reason) is not UnauthorizedAccessException) return false;
        try
        {
            string file = Path.GetFullPath(Source.Describe(index));
            return (reason is FileNotFoundException { FileName: { } missing } ? Path.GetFullPath(missing) == file : File.Exists(file))
                && Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(file)!).Any();
        }
        catch (Exception e) when (IsAway(e))
        {
            return false;
        }
    }

    // How long reading has failed, counted from the first failure of any image.
    private TimeSpan AwaySince(Exception reason)
    {
        long now = Math.Max(1, time.GetTimestamp()), since = Interlocked.CompareExchange(ref away, now, 0);
        if (since > 0) return time.GetElapsedTime(since, now);
        told?.Report(string.Create(CultureInfo.InvariantCulture, $"The images of {Name} cannot be read; waiting for " +
            $"them, {Patience.TotalSeconds:f0} s at most: {reason.Message}"));
        return TimeSpan.Zero;
    }

    private void TellBack()
    {
        if (Interlocked.Exchange(ref away, 0) is > 0 and var since)
            told?.Report(string.Create(CultureInfo.InvariantCulture, $"The images of {Name} can be read again, after " +
                $"{time.GetElapsedTime(since).TotalSeconds:f1} s."));
    }

    private sealed class Encoded(IEncodedImages files, IProgress<string>? told, TimeProvider? time, CancellationToken cancellationToken)
        : RetryingDataset(files, told, time, cancellationToken), IEncodedImages
    {
        public byte[] ReadEncoded(int index) => Patiently(index, files.ReadEncoded);

        public int ReadHead(int index, Span<byte> head)
        {
            byte[] read = new byte[head.Length]; // a lambda cannot capture a span
            int count = Patiently(index, i => files.ReadHead(i, read));
            read.AsSpan(0, count).CopyTo(head);
            return count;
        }

        public string FileName(int index) => files.FileName(index);
    }
}
