namespace SimClr.IO;

/// <summary>Checks that a folder is writable by creating and deleting a file. Permissions alone do not reveal a read-only disk.</summary>
public static class WriteProbe
{
    /// <param name="folder">An existing folder.</param>
    /// <exception cref="UnauthorizedAccessException">Creating a file is not permitted.</exception>
    /// <exception cref="IOException">Creating a file fails.</exception>
    public static void Of(string folder) =>
        new FileStream(Path.Combine(folder, $".{Guid.NewGuid():N}{AtomicFile.Partial}"), FileMode.CreateNew, FileAccess.Write,
            FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
}
