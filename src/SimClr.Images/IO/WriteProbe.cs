namespace SimClr.IO;

/// <summary>Checks that a folder is writable by creating and deleting a file: permissions alone do not reveal a read-only disk.</summary>
public static class WriteProbe
{
    /// <param name="folder">One that is there.</param>
    /// <exception cref="UnauthorizedAccessException">Nothing may be made there.</exception>
    /// <exception cref="IOException">Nothing can be made there.</exception>
    public static void Of(string folder) =>
        new FileStream(Path.Combine(folder, $".{Guid.NewGuid():N}{AtomicFile.Partial}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
}
