namespace SimClr.IO;

/// <summary>Keeps other processes from writing the same output, until the lock is disposed or the process ends.</summary>
public static class OutputLock
{
    /// <summary>Holds the file <c>OUTPUT.lock</c>, which is deleted on release. After a kill the file stays, but nobody holds it.</summary>
    /// <param name="output">The file or folder to be written; a missing folder is created.</param>
    /// <exception cref="IOException">Another process writes this output, or the folder is not writable.</exception>
    public static IDisposable Take(string output)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(output)!);
        try
        {
            return new FileStream(
                output + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (HostFiles.Current.IsHeld(e))
        {
            throw new IOException($"Another process writes {output}: wait for it or stop it, or choose another --output.", e);
        }
    }
}
