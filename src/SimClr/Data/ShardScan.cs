using System.Formats.Tar;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace SimClr.Data;

/// <summary>
/// Finds the records of a tar by WebDataset's rules: neighbouring files with one key, the path up to the first point of the
/// file's name, are one record; what follows the point says what a file is. An image is taken by its extension
/// (<see cref="ImageDecoder.Extensions"/>), the first of a record; <c>.cls</c> is its label; everything else is left alone.
/// Headers are read, and labels; nothing is unpacked.
/// </summary>
internal static class ShardScan
{
    private const int LongestLabel = 32, MostClasses = 1 << 20;

    /// <summary>The records in their order, one by one, without checksums.</summary>
    /// <exception cref="InvalidDataException">It is no tar, damaged or cut off, or has a record that cannot be; named with the offset.</exception>
    public static IEnumerable<ShardRecord> Records(string path)
    {
        using var handle = File.OpenHandle(path);
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        using var reader = new TarReader(stream);
        string? key = null, extension = null;
        ShardRecord? image = null;
        int label = -1;
        while (true)
        {
            long at = stream.Position;
            var entry = Next(reader, handle, path, at);
            if (entry is not null && !IsFile(entry, path, at)) continue;
            var (entryKey, entryExtension) = entry is null ? (null, "") : Split(entry.Name);
            if (entryKey != key || entry is null)
            {
                if (image is { } whole) yield return whole with { Label = label };
                if (entry is null) yield break;
                (key, image, extension, label) = (entryKey, null, null, -1);
            }
            if (key is null) continue;
            if (entryExtension == "cls") label = ReadLabel(handle, path, entry, at);
            if (!ImageDecoder.Extensions.Contains("." + entryExtension)) continue;
            if (entryExtension == extension) throw new InvalidDataException($"{path}: {entry.Name} at offset {at} is there twice in a row.");
            (image, extension) = (image ?? Record(entry, path, at), extension ?? entryExtension);
        }
    }

    /// <summary>The name of the file whose entry is at an offset.</summary>
    public static string NameAt(string path, long offset)
    {
        using var handle = File.OpenHandle(path);
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0) { Position = offset };
        using var reader = new TarReader(stream);
        return Next(reader, handle, path, offset)?.Name ?? throw new InvalidDataException($"{path}: the tar ends at offset {offset}.");
    }

    private static TarEntry? Next(TarReader reader, SafeFileHandle file, string path, long at)
    {
        TarHeaders.Check(file, path, at);
        try
        {
            if (reader.GetNextEntry() is not { } entry) return null;
            if (entry.DataOffset + entry.Length > RandomAccess.GetLength(file))
                throw new EndOfStreamException($"the data of {entry.Name} should have {entry.Length} bytes");
            return entry;
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"{path} is cut off within the entry at offset {at}: {e.Message.TrimEnd('.')}.", e);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or InvalidOperationException or ArgumentException or OverflowException or NotSupportedException)
        {
            throw new InvalidDataException($"{path}: the entry at offset {at} is damaged: {e.Message}", e);
        }
    }

    // Folders and remarks are passed over; a link has no bytes of its own, and what it names is not looked at.
    private static bool IsFile(TarEntry entry, string path, long at)
    {
        if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes) return false;
        string name = entry.Name;
        if (name.Contains("..", StringComparison.Ordinal) && name.Split('/').Contains(".."))
            throw new InvalidDataException($"{path}: the entry at offset {at} is named {Shown(name)}, which leads out of the tar.");
        if (name.Any(char.IsControl)) throw new InvalidDataException($"{path}: the entry at offset {at} has control characters in its name, {Shown(name)}.");
        return entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile
            ? true
            : throw new InvalidDataException($"{path}: {name} at offset {at} is a {entry.EntryType}; a record has plain files alone.");
    }

    private static string Shown(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));

    private static (string? Key, string Extension) Split(string name)
    {
        int start = name.LastIndexOf('/') + 1, point = name.IndexOf('.', start);
        return point > start ? (name[..point], name[(point + 1)..].ToLowerInvariant()) : (null, "");
    }

    private static ShardRecord Record(TarEntry entry, string path, long at) =>
        entry.Length <= Array.MaxLength
            ? new ShardRecord(at, checked((int)(entry.DataOffset - at)), (int)entry.Length, -1, 0)
            : throw new InvalidDataException($"{path}: {entry.Name} at offset {at} has {entry.Length} bytes, too many for an image.");

    private static int ReadLabel(SafeFileHandle file, string path, TarEntry entry, long at)
    {
        Span<byte> text = stackalloc byte[LongestLabel];
        if (entry.Length <= LongestLabel)
        {
            text = text[..RandomAccess.Read(file, text[..(int)entry.Length], entry.DataOffset)];
            if (int.TryParse(text.Trim(" \t\r\n"u8), NumberStyles.None, CultureInfo.InvariantCulture, out int label) && label < MostClasses) return label;
        }
        throw new InvalidDataException($"{path}: {entry.Name} at offset {at} holds no label, which is a whole number from 0 to {MostClasses - 1}.");
    }
}
