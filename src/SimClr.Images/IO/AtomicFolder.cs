namespace SimClr.IO;

/// <summary>
/// Writes, renames and deletes folders atomically: a folder is complete or absent, even if the process or the machine stops.
/// </summary>
/// <remarks>One thread of one process may write a folder at a time; any number may read.</remarks>
internal static class AtomicFolder
{
    /// <summary>The suffix of an old folder while the new one takes its place.</summary>
    public const string Replaced = ".replaced";

    /// <summary>
    /// Writes a folder beside <paramref name="path"/> as <c>NAME.partial</c>, then renames it. An existing folder is replaced. A failure
    /// leaves nothing behind.
    /// </summary>
    /// <param name="path">The absolute path.</param>
    /// <param name="write">Receives the folder to fill. It must flush each file.</param>
    /// <exception cref="IOException">The disk is full or fails. An existing folder is unchanged.</exception>
    public static void Write(string path, Action<string> write)
    {
        string partial = path + AtomicFile.Partial, replaced = path + Replaced;
        Remove(partial);
        try
        {
            Directory.CreateDirectory(partial);
            write(partial);
            DurableFolder.Flush(partial);
        }
        catch
        {
            Remove(partial); // a full disk needs this space for the next write
            throw;
        }
        if (Directory.Exists(path)) HostFiles.Current.Change(() => Directory.Move(path, replaced));
        Rename(partial, path);
        if (Directory.Exists(replaced)) Delete(replaced);
    }

    /// <summary>Gives a complete, flushed folder its final name, and makes the name durable. The name must be free.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">Its new path, on the same disk.</param>
    /// <exception cref="IOException">The disk fails, or the name is taken.</exception>
    public static void Rename(string from, string to)
    {
        HostFiles.Current.Change(() => Directory.Move(from, to));
        DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Deletes a folder with its content. A folder that is half deleted never keeps its name.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">A file or folder cannot be removed.</exception>
    public static void Delete(string path)
    {
        string partial = path + AtomicFile.Partial;
        HostFiles.Current.Change(() =>
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true); // an earlier one, which a reader may still hold
            Directory.Move(path, partial);
        });
        Remove(partial);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder)) HostFiles.Current.Change(() => Directory.Delete(folder, recursive: true));
    }
}
