using System.Runtime.InteropServices;

namespace SimClr.IO;

/// <summary>Changes folders durably: a change is on the disk when the call returns, and survives a power cut.</summary>
internal static partial class DurableFolder
{
    /// <summary>Creates a folder and its missing parents.</summary>
    public static void Create(string folder)
    {
        if (Directory.Exists(folder)) return;
        var parent = Path.GetDirectoryName(folder)!; // never null: the root exists
        Create(parent);
        Directory.CreateDirectory(folder);
        Flush(parent);
    }

    /// <summary>Makes changes to the entries of a folder durable: files created, renamed or removed in it.</summary>
    /// <exception cref="IOException">The folder cannot be opened, or the disk reports an error.</exception>
    public static void Flush(string folder)
    {
        const int ReadOnlyFolder = 0x10000; // O_RDONLY | O_DIRECTORY, Linux on x86-64
        int descriptor = Open(folder, ReadOnlyFolder);
        if (descriptor < 0) throw Failure();
        try
        {
            // Some network file systems cannot flush a folder and answer EINVAL.
            if (Sync(descriptor) != 0 && Marshal.GetLastPInvokeError() != 22) throw Failure();
        }
        finally
        {
            _ = Close(descriptor);
        }

        IOException Failure() => new($"The folder {folder} cannot be flushed to the disk: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
