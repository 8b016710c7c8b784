using System.Globalization;
using System.Text;

namespace SimClr.Cli.Output;

/// <summary>
/// Stdout or stderr, which may be a full disk, a terminal that was hung up, or closed: what cannot be written is dropped, and ends nothing that is at work.
/// (Where the reader of a pipe went away, .NET itself drops the rest.)
/// </summary>
/// <param name="stream">The target; borrowed. Null: it is closed.</param>
internal sealed class TolerantWriter(TextWriter? stream) : TextWriter(CultureInfo.InvariantCulture)
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    /// <summary>Why something was dropped, the first time; null where nothing was.</summary>
    public string? Failure { get; private set; }

    public override Encoding Encoding => stream?.Encoding ?? Encoding.UTF8;

    /// <summary>Whether a file descriptor was open when the program was started: what a closed one's number was given to since then is not the user's.</summary>
    /// <param name="descriptor">1 is stdout, 2 stderr.</param>
    public static bool IsOpen(int descriptor)
    {
        try
        {
            // Inherited descriptors lack the close-on-exec flag; all that .NET opens have it.
            string flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & CloseOnExec) == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            return !Directory.Exists("/proc/self/fdinfo"); // no /proc: nothing speaks against it
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
