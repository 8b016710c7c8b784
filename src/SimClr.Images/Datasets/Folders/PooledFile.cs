using Microsoft.Win32.SafeHandles;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>A file for reads at any offset. A pool limits how many are open. Safe to read from several threads at once.</summary>
/// <param name="path">The file.</param>
/// <param name="pool">The pool of handles; null for the program's.</param>
internal sealed class PooledFile(string path, FilePool? pool = null)
{
    private volatile SafeFileHandle? handle;
    private Tuple<long, long>? first; // length and time when the file was opened first

    /// <summary>The handle while the file is open; set by the pool.</summary>
    public SafeFileHandle? Handle
    {
        get => handle;
        set => handle = value;
    }

    /// <summary>Reads from an offset, until the memory is full or the file ends.</summary>
    /// <returns>The number of bytes read.</returns>
    /// <exception cref="IOException">The file cannot be read, or has changed since it was opened first.</exception>
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
                // Another thread closed it between look-up and use.
            }
        }
    }

    /// <summary>Opens a separate handle; owned by the caller.</summary>
    /// <exception cref="IOException">As for <see cref="Read"/>.</exception>
    public SafeFileHandle OpenAlone()
    {
        var opened = RegularFile.OpenHandle(path);
        var now = Tuple.Create(RandomAccess.GetLength(opened), File.GetLastWriteTimeUtc(opened).Ticks);
        if (now.Equals(Interlocked.CompareExchange(ref first, now, null) ?? now)) return opened;
        opened.Dispose();
        throw new IOException($"{path} has changed while it was in use.");
    }
}
