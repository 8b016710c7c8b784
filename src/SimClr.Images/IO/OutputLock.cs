namespace SimClr.IO;

/// <summary>Keeps other processes from making the same output at the same time, until it is disposed or the process ends, in whatever way.</summary>
public static class OutputLock
{
    private const int WouldBlock = 11; // EWOULDBLOCK: another process holds the file

    /// <summary>Holds <c>OUTPUT.lock</c>, which goes when it is let go of. A kill leaves it behind, held by nobody.</summary>
    /// <param name="output">The file or folder to be made; its folder is made where there is none.</param>
    /// <exception cref="IOException">Another process makes it, or nothing can be written there.</exception>
    public static IDisposable Take(string output)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(output)!);
        try
        {
            return new FileStream(output + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new IOException($"Another process writes {output}: wait for it or stop it, or choose another --output.", e);
        }
    }
}
