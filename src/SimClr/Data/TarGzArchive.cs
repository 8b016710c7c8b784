using System.Formats.Tar;
using System.IO.Compression;

namespace SimClr.Data;

/// <summary>Unpacks a gzipped tar archive of plain files and folders.</summary>
internal static class TarGzArchive
{
    /// <summary>Unpacks into a folder; what was unpacked before an exception stays there.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, or has an entry that is a link or lies outside of the folder.</exception>
    public static async Task ExtractAsync(string archive, string folder, CancellationToken cancellationToken)
    {
        try
        {
            await using var packed = File.OpenRead(archive);
            await using var plain = new GZipStream(packed, CompressionMode.Decompress);
            await using var reader = new TarReader(plain);
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
                await ExtractAsync(entry, folder, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InvalidDataException($"{archive}: {e.Message}", e);
        }
    }

    private static async Task ExtractAsync(TarEntry entry, string folder, CancellationToken cancellationToken)
    {
        if (entry.EntryType == TarEntryType.GlobalExtendedAttributes) return;

        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;
        var target = Path.GetFullPath(Path.Combine(root, entry.Name));
        if (!(target + Path.DirectorySeparatorChar).StartsWith(root, StringComparison.Ordinal))
            throw new InvalidDataException($"the entry {entry.Name} lies outside of the folder that it is unpacked to.");

        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                Directory.CreateDirectory(target);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                await using (var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write))
                {
                    if (entry.DataStream is { } data) await data.CopyToAsync(file, cancellationToken);
                    file.Flush(flushToDisk: true);
                }

                break;
            default:
                throw new InvalidDataException($"the entry {entry.Name} is a {entry.EntryType}; only files and folders are unpacked.");
        }
    }
}
