namespace SimClr.IO;

/// <summary>Puts a file under its name whole or not at all, whatever ends the process or the machine on the way.</summary>
public static class WholeFile
{
    /// <summary>Ends the names of files in the making; nothing reads them. What a kill leaves behind goes when the same file is written again.</summary>
    public const string Unfinished = ".partial";

    private const int WouldBlock = 11; // EWOULDBLOCK: another process holds the file

    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    /// <summary>Writes beside <paramref name="path"/>, flushes to the disk, then renames over what is there.</summary>
    /// <param name="path">The file; its folder is made where there is none.</param>
    /// <param name="write">Writes the content into a stream that can seek and stays the method's own.</param>
    /// <exception cref="IOException">The disk is full or fails, or the folder may not be written; the file from before is as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(path)!, aside = $"{path}.{Guid.NewGuid():N}{Unfinished}";
        try
        {
            DurableFile.CreateFolder(folder);
            using (var file = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
            {
                RemoveLeftBehind(path, new FileInfo(aside));
                write(file);
                file.Flush(flushToDisk: true);
                File.Move(aside, path, overwrite: true); // still open: nobody takes it for one that was left behind
            }
            DurableFile.FlushFolder(folder);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
        finally
        {
            if (File.Exists(aside)) File.Delete(aside);
        }
    }

    // Those of this file whose writer is gone: nobody holds them, and nobody has written to them for a while, by the clock of the file system.
    private static void RemoveLeftBehind(string path, FileInfo begun)
    {
        string name = Path.GetFileName(path);
        var unfinished = begun.Directory!.EnumerateFiles("*" + Unfinished, new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint });
        foreach (var left in unfinished.Where(file => IsOf(name, file.Name) && begun.LastWriteTimeUtc - file.LastWriteTimeUtc > Young))
        {
            try
            {
                using var nobodys = new FileStream(left.FullName, FileMode.Open, FileAccess.Read, FileShare.None);
                left.Delete();
            }
            catch (Exception e) when (e is FileNotFoundException or UnauthorizedAccessException or IOException { HResult: WouldBlock })
            {
                // Another process writes it, or has put it away.
            }
        }
    }

    private static bool IsOf(string name, string unfinished) =>
        unfinished.Length == name.Length + 1 + 32 + Unfinished.Length && unfinished.StartsWith(name + ".", StringComparison.Ordinal)
        && Guid.TryParseExact(unfinished.AsSpan(name.Length + 1, 32), "N", out _);

    /// <summary>Writes bytes that are there already.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        byte[] bytes = content.ToArray();
        Write(path, file => file.Write(bytes));
    }
}
