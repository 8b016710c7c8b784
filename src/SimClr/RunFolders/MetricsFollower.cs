using System.Text;
using SimClr.IO;

namespace SimClr.RunFolders;

/// <summary>
/// Follows a run's <c>metrics.jsonl</c> while it grows: each call reads what was appended, up to the last complete line. One thread at a
/// time.
/// </summary>
/// <param name="folder">The folder of the run.</param>
public sealed class MetricsFollower(RunFolder folder)
{
    private const int Chunk = 1 << 22; // bytes; every line is much shorter

    private byte[] last = []; // the last line read, which ends at `position`
    private long position;

    /// <summary>Everything read so far. It is a new object after the file was rewritten.</summary>
    public MetricCurves Curves { get; private set; } = new();

    /// <summary>Reads appended lines. A file that was rewritten, as by a resumed run, is read from its start.</summary>
    /// <returns>Whether <see cref="Curves"/> changed.</returns>
    public bool Read()
    {
        if (!File.Exists(folder.MetricsFile)) return Forget();
        RegularFile.Require(folder.MetricsFile);
        using var file = RegularFile.OpenShared(folder.MetricsFile);
        bool changed = !IsTheSame(file) && Forget();

        while (Take(file)) changed = true;
        return changed;
    }

    // The complete lines of the next chunk, if there is one.
    private bool Take(FileStream file)
    {
        file.Position = position;
        byte[] added = new byte[Math.Min(file.Length - position, Chunk)];
        added = added[..file.ReadAtLeast(added, added.Length, throwOnEndOfStream: false)];
        int start = 0;
        for (int end; (end = added.AsSpan(start).IndexOf((byte)'\n')) >= 0; start += end + 1)
        {
            last = added[start..(start + end + 1)];
            position += last.Length;
            Curves.Add(Encoding.UTF8.GetString(last));
        }
        return start > 0;
    }

    // No two lines are equal: each has the time when it was written.
    private bool IsTheSame(FileStream file)
    {
        if (file.Length < position) return false;
        byte[] there = new byte[last.Length];
        file.Position = position - last.Length;
        return file.ReadAtLeast(there, there.Length, throwOnEndOfStream: false) == there.Length && there.AsSpan().SequenceEqual(last);
    }

    private bool Forget()
    {
        bool changed = position > 0;
        (Curves, last, position) = (new(), [], 0);
        return changed;
    }
}
