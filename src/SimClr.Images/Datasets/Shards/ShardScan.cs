using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Finds the records of a tar by WebDataset's rules. Neighbouring files with the same key are one record. The key is the path up to the
/// first point of the file name; the rest gives the kind of the file. Files without a key are skipped. The first file with an image
/// extension (<see cref="ImageDecoder.Extensions"/>) is the image, and <c>.cls</c> is its label. Everything else is ignored. Only headers
/// and labels are read; nothing is unpacked. A link within the tar stands for its target.
/// </summary>
/// <remarks>Source: <c>group_by_keys</c> and <c>base_plus_ext</c> in webdataset/tariterators.py.</remarks>
internal static class ShardScan
{
    /// <summary>Labels must be below this.</summary>
    public const int MostClasses = 1 << 20;

    private const int LongestLabel = 32;

    /// <summary>The records with an image, in order, without checksums.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is not a tar, is damaged or truncated, or has an impossible record. The message names the offset.
    /// </exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<ShardRecord> Records(string path) =>
        Groups(path, new ShardLeftovers(path)).Where(group => group.Image is not null).Select(group => group.Record);

    /// <summary>All groups of neighbours with the same key.</summary>
    /// <param name="path">The tar.</param>
    /// <param name="leftovers">Receives the files of records that are not used.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Records"/>.</exception>
    /// <exception cref="IOException">As for <see cref="Records"/>.</exception>
    public static IEnumerable<ShardGroup> Groups(string path, ShardLeftovers leftovers)
    {
        using var file = RegularFile.OpenHandle(path);
        var links = new TarLinks(path);
        ShardGroup? group = null;
        foreach (var member in TarReading.Members(path))
        {
            if (member.Kind == TarMemberKind.Other) continue;
            RequireName(member, path);
            var (key, extension) = Split(member.Name);
            if (key is null) continue;
            if (group?.Key != key)
            {
                if (group is not null) yield return group;
                group = new ShardGroup(key, member.Name, member.Entry);
            }
            Add(group, member, extension, links, file, path, leftovers);
        }
        if (group is not null) yield return group;
    }

    /// <summary>The name of the file whose entry is at this offset.</summary>
    public static string NameAt(string path, long offset)
    {
        using var file = RegularFile.OpenHandle(path);
        return TarReading.Next(file, path, ref offset)?.Name ?? throw new InvalidDataException($"{path}: the tar ends at offset {offset}.");
    }

    private static void Add(
        ShardGroup group, TarMember member, string extension, TarLinks links, SafeFileHandle tar, string path, ShardLeftovers leftovers)
    {
        bool isImage = ImageDecoder.Extensions.Contains("." + extension), isLabel = extension == "cls";
        group.Extensions.Add(extension);
        if (!isImage && !isLabel) return;
        var file = member.Kind == TarMemberKind.SparseFile ? null : links.Resolve(member);
        group.IsCounted |= file is null;
        if (member.Kind == TarMemberKind.SparseFile) leftovers.Sparse(member);
        else if (file is null) leftovers.Dangling(member);
        else if (isLabel) group.Label = ReadLabel(tar, path, member, file.Value);
        else if (group.Image is null) (group.Image, group.ImageExtension) = (Record(file.Value, path), extension);
        else if (group.ImageExtension == extension)
            throw new InvalidDataException($"{path}: {member.Name} at offset {member.Entry} occurs twice in a row.");
        else leftovers.Second(member, extension);
    }

    private static void RequireName(TarMember member, string path)
    {
        string name = member.Name;
        if (name.Contains("..", StringComparison.Ordinal) && name.Split('/').Contains(".."))
            throw new InvalidDataException(
                $"{path}: the entry at offset {member.Entry} is named {TarReading.Shown(name)}, which leads out of the tar.");
        if (name.Any(char.IsControl)) throw new InvalidDataException(
            $"{path}: the entry at offset {member.Entry} has control characters in its name, {TarReading.Shown(name)}.");
    }

    /// <summary>The key of a name, or null, and the rest in lower case.</summary>
    public static (string? Key, string Extension) Split(string name)
    {
        int start = name.LastIndexOf('/') + 1, point = name.IndexOf('.', start);
        return point > start ? (name[..point], name[(point + 1)..].ToLowerInvariant()) : (null, "");
    }

    private static ShardRecord Record(TarMember file, string path) =>
        file.Length <= Array.MaxLength
            ? new ShardRecord(file.Entry, checked((int)(file.Offset - file.Entry)), (int)file.Length, -1, 0)
            : throw new InvalidDataException($"{path}: {file.Name} at offset {file.Entry} has {file.Length} bytes, too many for an image.");

    private static int ReadLabel(SafeFileHandle tar, string path, TarMember member, TarMember file)
    {
        Span<byte> text = stackalloc byte[LongestLabel];
        if (file.Length <= LongestLabel)
        {
            text = text[..RandomAccess.Read(tar, text[..(int)file.Length], file.Offset)];
            if (int.TryParse(text.Trim(" \t\r\n"u8), NumberStyles.None, CultureInfo.InvariantCulture, out int label) && label < MostClasses)
                return label;
        }
        throw new InvalidDataException(
            $"{path}: {member.Name} at offset {member.Entry} does not hold a label, a whole number from 0 to {MostClasses - 1}.");
    }
}
