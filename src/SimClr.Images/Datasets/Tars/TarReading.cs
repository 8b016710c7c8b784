using Microsoft.Win32.SafeHandles;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Reads the headers of a tar: ustar, pax, and GNU with long names, numbers in base 256, sparse files and volume labels. Unknown members
/// are skipped by their size, as in Python's tarfile. Owners, modes and times are ignored.
/// </summary>
/// <remarks>Source: POSIX.1-2017, pax, "Extended Description"; the manual of GNU tar, "Tar Internals".</remarks>
internal static class TarReading
{
    /// <summary>The size of a header and the unit of all sizes in a tar.</summary>
    public const int Block = 512;

    private const long LargestExtended = 1 << 20;

    /// <summary>All members, in order.</summary>
    /// <exception cref="InvalidDataException">The file is not a tar, or is damaged or truncated. The message names the offset.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<TarMember> Members(string path)
    {
        using var file = RegularFile.OpenHandle(path);
        for (long at = 0; Next(file, path, ref at) is { } member;) yield return member;
    }

    /// <summary>The space that data of this length takes, in bytes.</summary>
    public static long Padded(long length) => (length + Block - 1) / Block * Block;

    /// <summary>The member whose headers begin at an offset; null at the end of the tar.</summary>
    /// <param name="file">The tar.</param>
    /// <param name="path">Its name in error messages.</param>
    /// <param name="at">The offset to read at; afterwards that of the next member.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Members"/>.</exception>
    public static TarMember? Next(SafeFileHandle file, string path, ref long at)
    {
        Span<byte> header = stackalloc byte[Block];
        var known = new TarAttributes();
        long entry = at, end = RandomAccess.GetLength(file);
        if (at < 0) throw new InvalidDataException($"{path}: there is nothing at offset {at}.");
        while (true)
        {
            int read = RandomAccess.Read(file, header, at);
            if (read == 0 && at == entry) return null; // some programs write no end mark
            if (read < Block) throw CutOff(path, entry, $"the header at offset {at} is not all there");
            if (!header.ContainsAnyExcept((byte)0))
                return at == entry ? null : throw CutOff(path, entry, "there is nothing behind its extended header");
            Check(header, path, at);
            if (Number(header.Slice(124, 12)) is not { } size) throw Damaged(path, entry, "its size is no number");

            char type = (char)header[156];
            long data = at + Block;
            if (type is 'x' or 'X' or 'g' or 'L' or 'K')
            {
                if (size > LargestExtended) throw new InvalidDataException(
                    $"{path}: the extended header at offset {at} claims more than {LargestExtended} bytes, which is too long for a name.");
                if (data + size > end) throw CutOff(path, entry, $"its extended header should have {size} bytes");
                byte[] text = new byte[size];
                _ = RandomAccess.Read(file, text, data);
                if (!known.Add(type, text))
                    throw Damaged(path, entry, "its extended header has lines without a length, a name and a value");
                at = data + Padded(size);
                continue;
            }

            var kind = Kind(type, known.IsSparse);
            if (type == 'S') data = PastSparseMap(file, header, data);
            bool hasData = type is not ('1' or '2' or '3' or '4' or '5' or '6');
            long length = hasData ? known.Size ?? size : 0;
            string name = known.Name ?? TarAttributes.NameIn(header);
            if (length < 0 || length > end - data) throw CutOff(path, entry, $"the data of {Shown(name)} should have {length} bytes");
            at = data + Padded(length);
            return new TarMember(name, kind, known.Link ?? TarAttributes.Text(header.Slice(157, 100)), entry, data, length);
        }
    }

    /// <summary>A name without control characters.</summary>
    public static string Shown(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));

    private static TarMemberKind Kind(char type, bool isSparse) => type switch
    {
        '0' or '\0' or '7' => isSparse ? TarMemberKind.SparseFile : TarMemberKind.File,
        'S' => TarMemberKind.SparseFile,
        '1' => TarMemberKind.HardLink,
        '2' => TarMemberKind.SymbolicLink,
        _ => TarMemberKind.Other,
    };

    // Old GNU sparse files: if the map does not fit into the header, more blocks follow. Each says whether there is another one.
    private static long PastSparseMap(SafeFileHandle file, Span<byte> header, long data)
    {
        for (int more = header[482]; more != 0; more = header[504], data += Block)
        {
            if (RandomAccess.Read(file, header, data) < Block) break;
        }
        return data;
    }

    private static void Check(ReadOnlySpan<byte> header, string path, long at)
    {
        // The checksum field itself counts as spaces. Some old programs summed signed bytes.
        long sum = 8 * ' ', signed = sum;
        for (int i = 0; i < Block; i++)
        {
            if (i is >= 148 and < 156) continue;
            sum += header[i];
            signed += (sbyte)header[i];
        }
        if (Number(header.Slice(148, 8)) is { } stored && (stored == sum || stored == signed)) return;
        throw new InvalidDataException(header is [0x1f, 0x8b, ..]
            ? $"{path} is compressed by gzip, and its records cannot be read one by one: unpack it (gunzip) first."
            : $"{path}: at offset {at} there is no header of a tar; its checksum is wrong.");
    }

    /// <summary>
    /// The number in a field: octal digits, or for larger numbers GNU's base 256, where the highest bit is set and the number follows in
    /// big-endian order. Null for no number or a negative one.
    /// </summary>
    public static long? Number(ReadOnlySpan<byte> field)
    {
        long value = 0;
        if (field[0] == 0x80)
        {
            foreach (byte digit in field[1..])
            {
                if (value >> 55 != 0) return null; // more than 2⁶³
                value = value << 8 | digit;
            }
            return value;
        }
        field = field.Trim(" \0"u8);
        foreach (byte digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7') return null;
            value = value << 3 | (long)(digit - '0');
        }
        return value; // 0 if there are only spaces, as for a volume label
    }

    private static InvalidDataException CutOff(string path, long entry, string what) =>
        new($"{path} is cut off within the entry at offset {entry}: {what}.");

    private static InvalidDataException Damaged(string path, long entry, string what) =>
        new($"{path}: the entry at offset {entry} is damaged: {what}.");
}
