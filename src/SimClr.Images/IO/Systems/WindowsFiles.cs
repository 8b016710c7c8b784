using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SimClr.IO;

/// <summary>Windows.</summary>
internal sealed partial class WindowsFiles : HostFiles
{
    private const int LongestWait = 1024; // in milliseconds; all waits together are twice as long
    private const string Devices = @"\\.\", Pipes = @"\\.\pipe\";

    // Errors of the system, and the same as .NET gives them.
    private const int AccessDenied = 5, InvalidFunction = 1, InvalidHandle = 6, NotSupported = 50, InvalidParameter = 87;
    private const int Denied = unchecked((int)0x80070005), TooManyOpen = unchecked((int)0x80070004),
        SharingViolation = unchecked((int)0x80070020), LockViolation = unchecked((int)0x80070021), NotEmpty = unchecked((int)0x80070091);

    public override int OpenFiles => 4096; // the system allows more; so many handles are enough

    public override string Portable(string path) => path.Replace('\\', '/');

    public override FileStatus StatusOf(string path)
    {
        string whole = Path.GetFullPath(path); // NUL and COM1 are devices in every folder
        return whole.StartsWith(Pipes, StringComparison.OrdinalIgnoreCase) ? new(EntryKind.NamedPipe, 0)
            : whole.StartsWith(Devices, StringComparison.Ordinal) ? new(EntryKind.CharacterDevice, 0) : base.StatusOf(path);
    }

    // NTFS writes changes of a folder to its journal, in their order; the flush writes the journal. Other file systems cannot flush a
    // folder.
    public override void FlushFolder(string folder)
    {
        const uint Write = 0x40000000, BackupSemantics = 0x02000000; // GENERIC_WRITE; needed to open a folder
        using var handle = CreateFile(folder, Write, FileShare.ReadWrite | FileShare.Delete, 0, FileMode.Open, BackupSemantics, 0);
        if ((handle.IsInvalid || !FlushFileBuffers(handle)) && Marshal.GetLastPInvokeError()
            is not (AccessDenied or InvalidFunction or InvalidHandle or NotSupported or InvalidParameter))
            throw new IOException($"The folder {folder} cannot be flushed to the disk: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    // A virus scanner or a reader may hold a file for a moment. A folder that was deleted meanwhile keeps its name so long.
    public override void Change(Action change)
    {
        for (int wait = 1; ; wait *= 2)
        {
            try
            {
                change();
                return;
            }
            catch (Exception e) when (wait <= LongestWait && e is IOException or UnauthorizedAccessException
                && e.HResult is SharingViolation or LockViolation or NotEmpty or Denied)
            {
                Thread.Sleep(wait);
            }
        }
    }

    public override bool IsHeld(IOException failure) => failure.HResult is SharingViolation or LockViolation;

    public override bool IsOutOfHandles(IOException failure) => failure.HResult == TooManyOpen;

    // Not from the current folder, where the images of a stranger may lie beside a library of the same name.
    public override bool TryLoadLibrary(string name, out nint library) =>
        NativeLibrary.TryLoad(name, typeof(WindowsFiles).Assembly,
            DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory, out library);

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    private static partial SafeFileHandle CreateFile(
        string path, uint access, FileShare share, nint security, FileMode mode, uint flags, nint template);

    [LibraryImport("kernel32", EntryPoint = "FlushFileBuffers", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);
}
