using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace SimClr.IO;

/// <summary>
/// Lists a folder as the system does. .NET's listing hides two facts that are needed here: whether a name is a file or a pipe, and whether
/// its bytes are UTF-8. The kinds come with the names. Only links, and file systems that report no kinds, cost one more call per entry.
/// </summary>
internal static unsafe partial class FolderEntries
{
    private const int NotPermitted = 1, NoEntry = 2, NoAccess = 13, NotAFolder = 20; // EPERM, ENOENT, EACCES, ENOTDIR
    private const int Kind = 18, Name = 19; // struct dirent of 64-bit Linux

    /// <summary>All names except . and .., in the system's order.</summary>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static List<FolderEntry> Of(string folder)
    {
        nint stream = Open(folder);
        if (stream == 0) throw Failure(folder);
        try
        {
            var entries = new List<FolderEntry>();
            while (Next(stream) is var entry && entry != null)
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + Name);
                if (name is [(byte)'.'] or [(byte)'.', (byte)'.']) continue;
                entries.Add(Of(folder, name, (EntryKind)entry[Kind]));
            }
            return Marshal.GetLastPInvokeError() == 0 ? entries : throw Failure(folder);
        }
        finally
        {
            _ = Close(stream);
        }
    }

    private static FolderEntry Of(string folder, ReadOnlySpan<byte> bytes, EntryKind kind)
    {
        var (name, isUtf8) = (Encoding.UTF8.GetString(bytes), Utf8.IsValid(bytes));
        return new(
            name, kind is EntryKind.Link or EntryKind.Unknown && isUtf8 ? FileStatus.Of(Path.Combine(folder, name)).Kind : kind, isUtf8);
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
    private static partial nint Open(string path);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial byte* Next(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int Close(nint stream);
}
