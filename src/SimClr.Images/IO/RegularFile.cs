namespace SimClr.IO;

/// <summary>
/// Opens files for reading and nothing else that may bear their names: a named pipe would wait for somebody who writes, and a device need not end.
/// Every path that a person names goes through here.
/// </summary>
public static class RegularFile
{
    /// <summary>Refuses what is there and is no file: a named pipe, a socket, a device, also behind a link. Opens nothing; says nothing of what is not there.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="InvalidDataException">It is one of these; the message names it.</exception>
    public static void Require(string path)
    {
        if (Refusal(FileStatus.Of(path).Kind) is { } what) throw new InvalidDataException($"{path} is {what}, not a file; copy what it gives into a file first, and name that.");
    }

    /// <summary>As <see cref="File.OpenRead"/>.</summary>
    /// <inheritdoc cref="Require"/>
    public static FileStream OpenRead(string path)
    {
        Require(path);
        return File.OpenRead(path);
    }

    /// <summary>As <see cref="File.ReadAllBytes(string)"/>.</summary>
    /// <inheritdoc cref="Require"/>
    public static byte[] ReadAllBytes(string path)
    {
        Require(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>As <see cref="File.ReadAllText(string)"/>.</summary>
    /// <inheritdoc cref="Require"/>
    public static string ReadAllText(string path)
    {
        Require(path);
        return File.ReadAllText(path);
    }

    /// <summary>As <see cref="File.ReadLines(string)"/>.</summary>
    /// <inheritdoc cref="Require"/>
    public static IEnumerable<string> ReadLines(string path)
    {
        Require(path);
        return File.ReadLines(path);
    }

    /// <summary>What a thing that is not read is called; null for a file, a folder, and what is not known.</summary>
    internal static string? Refusal(EntryKind kind) => kind switch
    {
        EntryKind.NamedPipe => "a pipe",
        EntryKind.Socket => "a socket",
        EntryKind.CharacterDevice or EntryKind.BlockDevice => "a device",
        _ => null,
    };
}
