using System.Runtime.InteropServices;

namespace SimClr.IO;

/// <summary>What Linux and macOS have in common. The numbers that differ are in their classes.</summary>
/// <param name="openFilesLimit">The number of the limit of open files (RLIMIT_NOFILE).</param>
/// <param name="wouldBlock">The error if another process holds a file (EWOULDBLOCK).</param>
internal abstract partial class UnixFiles(int openFilesLimit, int wouldBlock) : HostFiles
{
    private const int ReadOnly = 0; // O_DIRECTORY has another number on each processor
    private const int TooManyHere = 24, TooManyAnywhere = 23, NotSupported = 22; // EMFILE, ENFILE, EINVAL

    public override unsafe int OpenFiles
    {
        get
        {
            ulong* limits = stackalloc ulong[2]; // the current and the largest limit
            return GetLimit(openFilesLimit, limits) == 0 ? (int)Math.Min(limits[0], 1 << 17) : base.OpenFiles;
        }
    }

    public override void FlushFolder(string folder)
    {
        int descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) throw Failure();
        try
        {
            // Some network file systems cannot flush a folder.
            if (Sync(descriptor) != 0 && Marshal.GetLastPInvokeError() != NotSupported) throw Failure();
        }
        finally
        {
            _ = Close(descriptor);
        }

        IOException Failure() => new($"The folder {folder} cannot be flushed to the disk: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    public override bool IsHeld(IOException failure) => failure.HResult == wouldBlock;

    public override bool IsOutOfHandles(IOException failure) => failure.HResult is TooManyHere or TooManyAnywhere;

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static unsafe partial int GetLimit(int resource, ulong* limits);
}
