using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SimClr.Datasets;

/// <summary>
/// Handles of files that are read now and then, at most so many at a time: the one that was opened first is closed for the next, and opened again
/// when it is read. Safe to use from several threads at once.
/// </summary>
/// <param name="most">Handles at a time, at least 1; a thread that opens one may be above it for a moment.</param>
internal sealed partial class FilePool(int most)
{
    private const int OpenFiles = 7, OpenFilesOnMac = 8, Least = 16, Usual = 512, Others = 192; // RLIMIT_NOFILE; what a program with libtorch opens besides
    private const int TooManyHere = 24, TooManyAnywhere = 23; // EMFILE, ENFILE

    private readonly Lock gate = new();
    private readonly Queue<WeakReference<PooledFile>> opened = new(); // whoever drops a file has its handle closed by the collector

    /// <summary>The program's: about half of the handles that the system allows the process.</summary>
    public static FilePool Shared { get; } = new(Math.Max(Least, (Allowed() - Others) / 2));

    /// <summary>Handles that are open, at most.</summary>
    public int Count
    {
        get
        {
            lock (gate) return opened.Count;
        }
    }

    /// <summary>Opens a file and makes it the last to be closed.</summary>
    /// <param name="file">Whose it is; given its handle.</param>
    /// <exception cref="IOException">It cannot be opened, not even with the others closed.</exception>
    public SafeFileHandle Open(PooledFile file)
    {
        while (true)
        {
            try
            {
                var handle = file.OpenAlone();
                lock (gate)
                {
                    if (file.Handle is { } other) // of another thread
                    {
                        handle.Dispose();
                        return other;
                    }
                    while (opened.Count >= most) CloseFirst();
                    opened.Enqueue(new(file));
                    return file.Handle = handle;
                }
            }
            catch (IOException e) when (e.HResult is TooManyHere or TooManyAnywhere)
            {
                lock (gate)
                {
                    if (opened.Count == 0) throw;
                    CloseFirst();
                }
            }
        }
    }

    // Who reads from it at this moment holds it open until that is done.
    private void CloseFirst()
    {
        if (!opened.Dequeue().TryGetTarget(out var file)) return;
        file.Handle?.Dispose();
        file.Handle = null;
    }

    private static unsafe int Allowed()
    {
        ulong* limits = stackalloc ulong[2]; // now, and at most
        return !OperatingSystem.IsWindows() && GetLimit(OperatingSystem.IsMacOS() ? OpenFilesOnMac : OpenFiles, limits) == 0
            ? (int)Math.Min(limits[0], 1 << 17)
            : Usual;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static unsafe partial int GetLimit(int resource, ulong* limits);
}
