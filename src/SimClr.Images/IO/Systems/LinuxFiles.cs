using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace SimClr.IO;

/// <summary>
/// Linux. .NET's listing hides two facts that are needed here: whether a name is a file or a pipe, and whether its bytes are UTF-8. The
/// kinds come with the names. Only links, and file systems that report no kinds, cost one more call per entry.
/// </summary>
internal sealed unsafe partial class LinuxFiles() : UnixFiles(openFilesLimit: 7, wouldBlock: 11)
{
    // EPERM, ENOENT, EACCES, ENOTDIR, ELOOP
    private const int NotPermitted = 1, NoEntry = 2, NoAccess = 13, NotAFolder = 20, NameTooLong = 36, LoopOfLinks = 40;
    private const int Kind = 18, Name = 19; // struct dirent of 64-bit Linux

    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint TypeAndInode = 0x101; // STATX_TYPE | STATX_INO
    private const int StatusBytes = 256, Mode = 28, Inode = 32, Device = 136; // struct statx, the same on every architecture

    public override List<FolderEntry> EntriesOf(string folder)
    {
        nint stream = OpenFolder(folder);
        if (stream == 0) throw Failure(folder);
        try
        {
            var entries = new List<FolderEntry>();
            while (Next(stream) is var entry && entry != null)
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + Name);
                if (name is [(byte)'.'] or [(byte)'.', (byte)'.']) continue;
                entries.Add(Entry(folder, name, (EntryKind)entry[Kind]));
            }
            return Marshal.GetLastPInvokeError() == 0 ? entries : throw Failure(folder);
        }
        finally
        {
            _ = CloseFolder(stream);
        }
    }

    public override FileStatus StatusOf(string path)
    {
        Span<byte> found = stackalloc byte[StatusBytes];
        if (StatX(CurrentFolder, path, 0, TypeAndInode, found) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return new(error is NoEntry or NotAFolder or NameTooLong or LoopOfLinks ? EntryKind.Missing : EntryKind.Unknown, 0);
        }
        var kind = (EntryKind)(BinaryPrimitives.ReadUInt16LittleEndian(found[Mode..]) >> 12);
        return new(kind, new UInt128(
            BinaryPrimitives.ReadUInt64LittleEndian(found[Device..]), BinaryPrimitives.ReadUInt64LittleEndian(found[Inode..])));
    }

    private FolderEntry Entry(string folder, ReadOnlySpan<byte> bytes, EntryKind kind)
    {
        var (name, isUtf8) = (Encoding.UTF8.GetString(bytes), Utf8.IsValid(bytes));
        return new(name, kind is EntryKind.Link or EntryKind.Unknown && isUtf8 ? StatusOf(Path.Combine(folder, name)).Kind : kind, isUtf8);
    }

    private static Exception Failure(string folder)
    {
        int error = Marshal.GetLastPInvokeError();
        string message = $"The folder {folder} cannot be listed: {Marshal.GetPInvokeErrorMessage(error)}.";
        return error switch
        {
            NotPermitted or NoAccess => new UnauthorizedAccessException(message),
            NoEntry or NotAFolder => new DirectoryNotFoundException(message),
            _ => new IOException(message),
        };
    }

    [LibraryImport("libc", EntryPoint = "opendir", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint OpenFolder(string path);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial byte* Next(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseFolder(nint stream);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> found);
}
