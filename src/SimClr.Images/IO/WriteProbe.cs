namespace SimClr.IO;

/// <summary>Makes a file in a folder and removes it: rights alone do not tell of disks that are read-only.</summary>
public static class WriteProbe
{
    /// <param name="folder">One that is there.</param>
    /// <exception cref="UnauthorizedAccessException">Nothing may be made there.</exception>
    /// <exception cref="IOException">Nothing can be made there.</exception>
    public static void Of(string folder) =>
        new FileStream(Path.Combine(folder, $".{Guid.NewGuid():N}{AtomicFile.Partial}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
}
