using Microsoft.Win32.SafeHandles;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Limits the number of open file handles. When the limit is reached, the file that was opened first is closed; it is opened again at its
/// next read. Safe to use from several threads at once.
/// </summary>
/// <param name="most">The limit, at least 1. A thread that opens a file may exceed it for a moment.</param>
internal sealed class FilePool(int most)
{
    private const int Least = 16, Others = 192; // what a program with libtorch opens besides

    private readonly Lock gate = new();
    // weak: the collector closes the handles of files that nobody uses any more
    private readonly Queue<WeakReference<PooledFile>> opened = new();

    /// <summary>The pool of the program: about half of the handles that the system allows a process.</summary>
    public static FilePool Shared { get; } = new(Math.Max(Least, (HostFiles.Current.OpenFiles - Others) / 2));

    /// <summary>The number of open handles; an upper bound.</summary>
    public int Count
    {
        get
        {
            lock (gate) return opened.Count;
        }
    }

    /// <summary>Opens a file and puts it last in the order of closing.</summary>
    /// <param name="file">The file; it receives the handle.</param>
    /// <exception cref="IOException">The file cannot be opened, even with all others closed.</exception>
    public SafeFileHandle Open(PooledFile file)
    {
        while (true)
        {
            try
            {
                var handle = file.OpenAlone();
                lock (gate)
                {
                    if (file.Handle is { } other) // opened by another thread
                    {
                        handle.Dispose();
                        return other;
                    }
                    while (opened.Count >= most) CloseFirst();
                    opened.Enqueue(new(file));
                    return file.Handle = handle;
                }
            }
            catch (IOException e) when (HostFiles.Current.IsOutOfHandles(e))
            {
                lock (gate)
                {
                    if (opened.Count == 0) throw;
                    CloseFirst();
                }
            }
        }
    }

    // A thread that reads from the file keeps it open until its read ends.
    private void CloseFirst()
    {
        if (!opened.Dequeue().TryGetTarget(out var file)) return;
        file.Handle?.Dispose();
        file.Handle = null;
    }
}
