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
        if (Refusal(HostFiles.Current.StatusOf(path).Kind) is { } what)
            throw new InvalidDataException($"{path} is {what}, not a file; copy what it gives into a file first, and name that.");
    }

    /// <summary><see cref="File.OpenRead"/> for regular files.</summary>
    /// <inheritdoc cref="Require"/>
    public static FileStream OpenRead(string path)
    {
        Require(path);
        return File.OpenRead(path);
    }

    /// <summary><see cref="File.ReadAllBytes(string)"/> for regular files.</summary>
    /// <inheritdoc cref="Require"/>
    public static byte[] ReadAllBytes(string path)
    {
        Require(path);
        return File.ReadAllBytes(path);
    }

    /// <summary><see cref="File.ReadAllText(string)"/> for regular files.</summary>
    /// <inheritdoc cref="Require"/>
    public static string ReadAllText(string path)
    {
        Require(path);
        return File.ReadAllText(path);
    }

    /// <summary><see cref="File.ReadLines(string)"/> for regular files.</summary>
    /// <inheritdoc cref="Require"/>
    public static IEnumerable<string> ReadLines(string path)
    {
        Require(path);
        return File.ReadLines(path);
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
