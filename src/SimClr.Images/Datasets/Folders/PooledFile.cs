using Microsoft.Win32.SafeHandles;

namespace SimClr.Datasets;

/// <summary>A file to read at any place, open as long as there are handles to spare. Safe to read from several threads at once.</summary>
/// <param name="path">The file.</param>
/// <param name="pool">Whose handles it takes; null for the program's.</param>
internal sealed class PooledFile(string path, FilePool? pool = null)
{
    private volatile SafeFileHandle? handle;
    private Tuple<long, long>? first; // length and time of the file that was opened first

    /// <summary>Its handle while it is open; the pool's to set.</summary>
    public SafeFileHandle? Handle
    {
        get => handle;
        set => handle = value;
    }

    /// <summary>Reads from an offset on, into all of the memory or up to the file's end.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="IOException">It cannot be read, or is another one than before.</exception>
    public int Read(Span<byte> bytes, long offset)
    {
        while (true)
        {
            try
            {
                return RandomAccess.Read(handle ?? (pool ?? FilePool.Shared).Open(this), bytes, offset);
            }
            catch (ObjectDisposedException)
            {
                // Closed for another file, between being looked up and being used.
            }
        }
    }

    /// <summary>A handle that is the caller's.</summary>
    /// <exception cref="IOException">As for <see cref="Read"/>.</exception>
    public SafeFileHandle OpenAlone()
    {
        var opened = File.OpenHandle(path);
        var now = Tuple.Create(RandomAccess.GetLength(opened), File.GetLastWriteTimeUtc(opened).Ticks);
        if (now.Equals(Interlocked.CompareExchange(ref first, now, null) ?? now)) return opened;
        opened.Dispose();
        throw new IOException($"{path} has changed while it was in use.");
    }
}
