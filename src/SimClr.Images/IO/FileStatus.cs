using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SimClr.IO;

/// <summary>
/// What the system knows about a path, without opening it. Links are followed. Opening a named pipe would wait for a writer.
/// </summary>
/// <param name="Kind">What the path leads to; <see cref="EntryKind.Unknown"/> if the system does not say.</param>
/// <param name="Identity">Device and inode: equal for all paths to the same file or folder.</param>
internal readonly partial record struct FileStatus(EntryKind Kind, UInt128 Identity)
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint TypeAndInode = 0x101; // STATX_TYPE | STATX_INO
    private const int Bytes = 256, Mode = 28, Inode = 32, Device = 136; // struct statx, the same on every architecture

    private const int NoEntry = 2, NotAFolder = 20, LoopOfLinks = 40; // ENOENT, ENOTDIR, ELOOP

    public static FileStatus Of(string path) => OperatingSystem.IsLinux() ? OfLinux(path) : OfOthers(path);

    /// <summary>The status on other systems: whether there is something.</summary>
    internal static FileStatus OfOthers(string path) => new(Path.Exists(path) ? EntryKind.Unknown : EntryKind.Missing, 0);

    private static FileStatus OfLinux(string path)
    {
        Span<byte> found = stackalloc byte[Bytes];
        if (StatX(CurrentFolder, path, 0, TypeAndInode, found) != 0)
            return new(Marshal.GetLastPInvokeError() is NoEntry or NotAFolder or LoopOfLinks ? EntryKind.Missing : EntryKind.Unknown, 0);
        var kind = (EntryKind)(BinaryPrimitives.ReadUInt16LittleEndian(found[Mode..]) >> 12);
        return new(kind, new UInt128(
            BinaryPrimitives.ReadUInt64LittleEndian(found[Device..]), BinaryPrimitives.ReadUInt64LittleEndian(found[Inode..])));
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> found);
}
