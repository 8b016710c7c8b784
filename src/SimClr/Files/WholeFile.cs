namespace SimClr.Files;

/// <summary>Puts a file under its name whole or not at all, whatever ends the process or the machine on the way.</summary>
public static class WholeFile
{
    /// <summary>Ends the names of files in the making; a kill leaves one behind, and nothing reads it.</summary>
    public const string Unfinished = ".partial";

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
                write(file);
                file.Flush(flushToDisk: true);
            }
            File.Move(aside, path, overwrite: true);
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

    /// <summary>Writes bytes that are there already.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        byte[] bytes = content.ToArray();
        Write(path, file => file.Write(bytes));
    }
}
