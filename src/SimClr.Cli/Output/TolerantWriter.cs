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
    /// <summary>The first failure; null if nothing was dropped.</summary>
    public string? Failure { get; private set; }

    public override Encoding Encoding => stream?.Encoding ?? Encoding.UTF8;

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
