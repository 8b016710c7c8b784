using Microsoft.Win32.SafeHandles;

namespace SimClr.IO;

/// <summary>
/// Opens regular files for reading, and refuses everything else. A named pipe would wait for a writer, and a device may never end. Every
/// path that a user names goes through here.
/// </summary>
public static class RegularFile
{
    /// <summary>Refuses a named pipe, a socket or a device, also behind a link. Opens nothing. A path that does not exist passes.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="InvalidDataException">The path is one of these; the message names it.</exception>
    public static void Require(string path)
    {
        if (Refusal(HostFiles.Current.StatusOf(path).Kind) is { } what) throw Refused(path, what);
    }

    // What is opened is no folder either. The system would say that access is denied.
    private static void RequireFile(string path)
    {
        var kind = HostFiles.Current.StatusOf(path).Kind;
        if (kind == EntryKind.Folder) throw new InvalidDataException($"{path} is a folder, not a file.");
        if (Refusal(kind) is { } what) throw Refused(path, what);
    }

    private static InvalidDataException Refused(string path, string what) =>
        new($"{path} is {what}, not a file; copy what it gives into a file first, and name that.");

    /// <summary><see cref="File.OpenRead"/> for regular files.</summary>
    /// <exception cref="InvalidDataException">The path is a folder, or as in <see cref="Require"/>; the message names it.</exception>
    public static FileStream OpenRead(string path)
    {
        RequireFile(path);
        return OpenShared(path);
    }

    /// <summary><see cref="File.ReadAllBytes(string)"/> for regular files.</summary>
    /// <exception cref="InvalidDataException">The path is a folder, or as in <see cref="Require"/>; the message names it.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        RequireFile(path);
        return ReadShared(path);
    }

    /// <summary><see cref="File.ReadAllText(string)"/> for regular files.</summary>
    /// <exception cref="InvalidDataException">The path is a folder, or as in <see cref="Require"/>; the message names it.</exception>
    public static string ReadAllText(string path)
    {
        using var reader = new StreamReader(OpenRead(path));
        return reader.ReadToEnd();
    }

    /// <summary><see cref="File.ReadLines(string)"/> for regular files.</summary>
    /// <exception cref="InvalidDataException">The path is a folder, or as in <see cref="Require"/>; the message names it.</exception>
    public static IEnumerable<string> ReadLines(string path)
    {
        RequireFile(path);
        return LinesOf(new StreamReader(OpenShared(path)));
    }

    /// <summary>
    /// <see cref="File.OpenRead"/> for a file that others may write, replace or delete meanwhile. Only Windows makes a difference.
    /// </summary>
    internal static FileStream OpenShared(string path, int bufferSize = 4096) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize);

    /// <summary><see cref="File.OpenHandle"/> as <see cref="OpenShared"/>.</summary>
    internal static SafeFileHandle OpenHandle(string path, FileOptions options = FileOptions.None) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, options);

    /// <summary><see cref="File.ReadAllBytes(string)"/> as <see cref="OpenShared"/>.</summary>
    internal static byte[] ReadShared(string path)
    {
        using var file = OpenHandle(path, FileOptions.SequentialScan);
        long length = RandomAccess.GetLength(file);
        if (length > Array.MaxLength) throw new IOException($"{path} has {ByteSize.Show(length)}, too much to read at once.");
        if (length == 0) return File.ReadAllBytes(path); // some files of the system do not know their length
        byte[] bytes = new byte[length];
        int read = 0;
        while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), read) is > 0 and var more) read += more;
        return read == bytes.Length ? bytes : bytes[..read];
    }

    private static IEnumerable<string> LinesOf(StreamReader reader)
    {
        using (reader)
        {
            while (reader.ReadLine() is { } line) yield return line;
        }
    }

    /// <summary>The word for a kind that is refused; null for a file, a folder and an unknown kind.</summary>
    internal static string? Refusal(EntryKind kind) => kind switch
    {
        EntryKind.NamedPipe => "a pipe",
        EntryKind.Socket => "a socket",
        EntryKind.CharacterDevice or EntryKind.BlockDevice => "a device",
        _ => null,
    };
}
