using System.Globalization;
using System.Text;

namespace SimClr.Cli.Output;

/// <summary>
/// Writes to stdout or stderr and tolerates failures: a full disk, a closed terminal, a closed stream. Text that cannot be written is
/// dropped, and the work continues. (If the reader of a pipe is gone, .NET itself drops the rest.)
/// </summary>
/// <param name="stream">The target; borrowed. Null if it is closed.</param>
internal sealed class TolerantWriter(TextWriter? stream) : TextWriter(CultureInfo.InvariantCulture)
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    /// <summary>The first failure; null if nothing was dropped.</summary>
    public string? Failure { get; private set; }

    public override Encoding Encoding => stream?.Encoding ?? Encoding.UTF8;

    /// <summary>
    /// Whether a file descriptor was open when the program started. The number of a closed one may have been reused since, and is then not
    /// the user's.
    /// </summary>
    /// <param name="descriptor">1 is stdout, 2 stderr.</param>
    public static bool IsOpen(int descriptor)
    {
        try
        {
            // Inherited descriptors lack the close-on-exec flag; all descriptors that .NET opens have it.
            string flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
                .First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & CloseOnExec) == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            return !Directory.Exists("/proc/self/fdinfo"); // without /proc, assume that it was open
        }
    }

    public override void Write(char value) => Try(() => stream!.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => stream!.Write(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => Try(() => stream!.Write(value));

    public override void WriteLine(string? value) => Try(() => stream!.WriteLine(value));

    public override void Flush()
    {
        if (stream is not null) Try(stream.Flush);
    }

    private void Try(Action write)
    {
        if (stream is null)
        {
            Failure ??= "it is closed";
            return;
        }
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure ??= e.Message;
        }
    }
}
