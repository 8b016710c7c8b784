using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SimClr.IO;

/// <summary>
/// What the operating systems do in different ways for files. This class does what .NET alone can do on all of them; there is one class for
/// each system with the rest.
/// </summary>
internal class HostFiles
{
    /// <summary>That of the system at work.</summary>
    public static HostFiles Current { get; } =
        OperatingSystem.IsWindows() ? new WindowsFiles() : OperatingSystem.IsMacOS() ? new MacFiles()
        : OperatingSystem.IsLinux() ? new LinuxFiles() : new HostFiles();

    /// <summary>The number of files that this process may have open.</summary>
    public virtual int OpenFiles => 512;

    /// <summary>A path with <c>/</c> between its parts, as it is stored, sorted and hashed: the same on all systems.</summary>
    public virtual string Portable(string path) => path;

    /// <summary>All names in a folder except . and .., in the system's order. Links are followed for the kind.</summary>
    /// <exception cref="UnauthorizedAccessException">The folder may not be listed.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public virtual List<FolderEntry> EntriesOf(string folder) =>
        [
            .. from entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 })
               select new FolderEntry(entry.Name, KindOf(entry), IsUtf8: true),
        ];

    /// <summary>What the system knows about a path, without opening it. Links are followed.</summary>
    public virtual FileStatus StatusOf(string path) =>
        Directory.Exists(path) ? new(EntryKind.Folder, IdentityOf(path))
        : new(File.Exists(path) ? EntryKind.Unknown : EntryKind.Missing, 0);

    /// <summary>Makes changes to the entries of a folder durable: files created, renamed or removed in it.</summary>
    /// <exception cref="IOException">The folder cannot be opened, or the disk reports an error.</exception>
    public virtual void FlushFolder(string folder)
    {
    }

    /// <summary>
    /// Renames, replaces or deletes files or folders. On a system that refuses this while somebody reads them, tries again for two seconds.
    /// </summary>
    /// <param name="change">The change; may be called several times.</param>
    public virtual void Change(Action change) => change();

    /// <summary>Whether a file could not be opened because another process holds it.</summary>
    public virtual bool IsHeld(IOException failure) => false;

    /// <summary>Whether a file could not be opened because too many are open.</summary>
    public virtual bool IsOutOfHandles(IOException failure) => false;

    /// <summary>Loads a library of the system by its name.</summary>
    public virtual bool TryLoadLibrary(string name, out nint library) => NativeLibrary.TryLoad(name, out library);

    private static EntryKind KindOf(FileSystemInfo entry)
    {
        if (entry.LinkTarget is null) return entry is DirectoryInfo ? EntryKind.Folder : EntryKind.Regular;
        try
        {
            string end = entry.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            return Directory.Exists(end) ? EntryKind.Folder : File.Exists(end) ? EntryKind.Regular : EntryKind.Missing;
        }
        catch (IOException)
        {
            return EntryKind.Missing; // links in a circle
        }
    }

    // Equal for all paths to the same folder, as an inode number is.
    private static UInt128 IdentityOf(string folder)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(RealPath.Of(folder)));
        return MemoryMarshal.Read<UInt128>(hash);
    }
}
