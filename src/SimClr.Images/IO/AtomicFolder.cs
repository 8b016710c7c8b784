namespace SimClr.IO;

/// <summary>Writes, renames and deletes folders so that each is there whole or not at all, whatever ends the process or the machine on the way.</summary>
/// <remarks>One thread of one process writes a folder at a time; any number may read.</remarks>
internal static class AtomicFolder
{
    /// <summary>Ends the name of a folder from before, while its successor takes its place.</summary>
    public const string Replaced = ".replaced";

    /// <summary>Writes a folder beside <paramref name="path"/>, <c>NAME.partial</c>, and gives it its name; one that is there is replaced. What goes wrong on the way leaves nothing.</summary>
    /// <param name="path">The whole path.</param>
    /// <param name="write">Is given the folder to fill, and flushes each file.</param>
    /// <exception cref="IOException">The disk is full or fails; what was there is as it was.</exception>
    public static void Write(string path, Action<string> write)
    {
        string partial = path + AtomicFile.Partial, replaced = path + Replaced;
        if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        try
        {
            Directory.CreateDirectory(partial);
            write(partial);
            DurableFolder.Flush(partial);
        }
        catch
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true); // on a full disk it would keep the room that the next one needs
            throw;
        }
        if (Directory.Exists(path)) Directory.Move(path, replaced);
        Rename(partial, path);
        if (Directory.Exists(replaced)) Delete(replaced);
    }

    /// <summary>Gives a folder that is whole and flushed its name, which no other bears, and makes that durable.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">Its path from here on, on the same disk.</param>
    /// <exception cref="IOException">The disk fails, or something is there.</exception>
    public static void Rename(string from, string to)
    {
        Directory.Move(from, to);
        DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Deletes a folder with all that it holds: no half of it keeps its name.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    public static void Delete(string path)
    {
        string partial = path + AtomicFile.Partial;
        Directory.Move(path, partial);
        Directory.Delete(partial, recursive: true);
    }
}
