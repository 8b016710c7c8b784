using System.Text;

namespace SimClr.IO;

/// <summary>
/// Writes files atomically: a file appears under its name complete or not at all, even if the process or the machine stops.
/// </summary>
/// <remarks>Safe from several threads and processes at once, also for the same file: the last writer wins.</remarks>
public static class AtomicFile
{
    /// <summary>
    /// The suffix of files and folders that are being written. Nothing reads them. After a kill, the next write of the same file removes
    /// the rest.
    /// </summary>
    internal const string Partial = ".partial";

    /// <summary>
    /// The suffix of unfinished work that a later run continues: a download, a packing, rows of embeddings. Nothing else removes it.
    /// </summary>
    internal const string Resumable = ".part";

    /// <summary>Writes beside <paramref name="path"/>, flushes to the disk, then renames. An existing file is replaced.</summary>
    /// <param name="path">The file; a missing folder is created.</param>
    /// <param name="write">Writes the content into a stream that can seek. The stream belongs to this method.</param>
    /// <exception cref="IOException">The disk is full or fails, or the folder is not writable. The old file is unchanged.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            using var file = new PendingFile(path);
            write(file.Stream);
            file.Commit();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Writes bytes.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})" path="//exception"/>
    /// <param name="path">The file; its folder is made where there is none.</param>
    /// <param name="content">All its bytes.</param>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        byte[] bytes = content.ToArray();
        Write(path, file => file.Write(bytes));
    }

    /// <summary>Writes a text in UTF-8 without a mark.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})" path="//exception"/>
    /// <param name="path">The file; its folder is made where there is none.</param>
    /// <param name="text">All of it.</param>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Gives a complete, flushed file its final name, and makes the name durable.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">Its new name, in the same folder. A file with this name is replaced.</param>
    /// <exception cref="IOException">The disk fails, or the folder is not writable.</exception>
    internal static void Rename(string from, string to)
    {
        try
        {
            HostFiles.Current.Change(() => File.Move(from, to, overwrite: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !e.Message.Contains(to, StringComparison.Ordinal))
        {
            throw new IOException($"{to} cannot be replaced: {e.Message}", e.HResult); // Windows does not name the file
        }
        DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }
}
