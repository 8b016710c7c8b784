using System.Text;

namespace SimClr.IO;

/// <summary>Writes files atomically: a file appears under its name whole or not at all, whatever ends the process or the machine on the way.</summary>
/// <remarks>Safe from several threads and processes at once, also on one file: the last one that finishes wins.</remarks>
public static class AtomicFile
{
    /// <summary>Ends the names of files and folders that are being written. Nothing reads them; the next write of the same removes what a kill leaves behind.</summary>
    internal const string Partial = ".partial";

    /// <summary>Ends the names of what a later run goes on with: a download, a packing, rows of embeddings. Nothing else removes it.</summary>
    internal const string Resumable = ".part";

    /// <summary>Writes beside <paramref name="path"/>, flushes to the disk, then renames over what is there.</summary>
    /// <param name="path">The file; its folder is made where there is none.</param>
    /// <param name="write">Writes the content into a stream that can seek and stays the method's own.</param>
    /// <exception cref="IOException">The disk is full or fails, or the folder may not be written; the file from before is as it was.</exception>
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

    /// <summary>Gives a file that is whole and flushed its name, and makes that durable.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">Its name from here on, in the same folder; a file of that name is replaced.</param>
    /// <exception cref="IOException">The disk fails, or the folder may not be written.</exception>
    internal static void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }
}
