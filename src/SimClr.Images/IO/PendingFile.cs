namespace SimClr.IO;

/// <summary>
/// A file that <see cref="AtomicFile"/> writes: <c>NAME.GUID.partial</c>, until <see cref="Commit"/> renames it. Without a commit,
/// disposing removes it.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class PendingFile : IDisposable
{
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    private readonly string path, partial;
    private readonly FileStream file;

    /// <summary>Begins a file, and removes what killed processes left of the same file.</summary>
    /// <param name="path">Its final name; a missing folder is created.</param>
    /// <param name="bufferSize">The buffer of the stream, in bytes.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is not writable.</exception>
    public PendingFile(string path, int bufferSize = 4096)
    {
        this.path = Path.GetFullPath(path);
        partial = $"{this.path}.{Guid.NewGuid():N}{AtomicFile.Partial}";
        DurableFolder.Create(Path.GetDirectoryName(this.path)!);
        file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize);
        try
        {
            RemoveLeftBehind(this.path, new FileInfo(partial));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The stream for the content; it can seek.</summary>
    public FileStream Stream => file;

    /// <summary>Flushes to the disk, then renames. An existing file is replaced. The stream stays open.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Commit()
    {
        file.Flush(flushToDisk: true);
        AtomicFile.Rename(partial, path); // still open, so that no other process removes it as a leftover
    }

    // Removes leftovers of this file whose writer is gone: no process holds them, and by the clock of the file system nobody wrote to them
    // for a while.
    private static void RemoveLeftBehind(string path, FileInfo begun)
    {
        string name = Path.GetFileName(path);
        var unfinished = begun.Directory!.EnumerateFiles(
            "*" + AtomicFile.Partial, new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint });
        foreach (var left in unfinished.Where(file => IsOf(name, file.Name) && begun.LastWriteTimeUtc - file.LastWriteTimeUtc > Young))
        {
            try
            {
                new FileStream(left.FullName, FileMode.Open, FileAccess.Read, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
            }
            catch (Exception e) when (e is FileNotFoundException or UnauthorizedAccessException
                || (e is IOException failure && HostFiles.Current.IsHeld(failure)))
            {
                // Another process writes this file, or has already removed it.
            }
        }
    }

    private static bool IsOf(string name, string partial) =>
        partial.Length == name.Length + 1 + 32 + AtomicFile.Partial.Length && partial.StartsWith(name + ".", StringComparison.Ordinal)
        && Guid.TryParseExact(partial.AsSpan(name.Length + 1, 32), "N", out _);

    /// <summary>Closes the file. Removes it if it was not committed.</summary>
    public void Dispose()
    {
        try
        {
            file.Dispose(); // fails on a full disk
        }
        finally
        {
            if (File.Exists(partial)) HostFiles.Current.Change(() => File.Delete(partial));
        }
    }
}
