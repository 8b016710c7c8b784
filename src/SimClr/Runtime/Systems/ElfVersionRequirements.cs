using System.Buffers.Binary;
using System.Text;

namespace SimClr.Runtime;

/// <summary>
/// The symbol versions that an ELF64 little-endian shared library requires from the libraries it needs (section <c>.gnu.version_r</c>), and
/// the one change that this project makes to them.
/// </summary>
/// <remarks>Layout: Linux Standard Base 5.0, "Symbol Versioning", and the System V ABI, "Dynamic Section".</remarks>
internal static class ElfVersionRequirements
{
    private const int DtStrTab = 5, DtVerNeed = 0x6ffffffe, DtVerNeedNum = 0x6fffffff;
    private const int PtLoad = 1, PtDynamic = 2;
    private const ushort VerFlgWeak = 0x2;

    /// <summary>
    /// Sets the weak flag of every requirement of <paramref name="version"/>. The dynamic linker then loads the library even if that
    /// version is missing.
    /// </summary>
    /// <param name="elf">The bytes of the whole library; changed in place, two bytes per requirement.</param>
    /// <param name="version">For example <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>The number of requirements that were changed.</returns>
    /// <exception cref="InvalidDataException">The bytes are not an ELF64 little-endian library, or end too early.</exception>
    public static int MakeWeak(Span<byte> elf, string version)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
            throw new InvalidDataException("Not an ELF64 little-endian library.");

        try
        {
            long strings = -1, needs = -1, count = 0;
            foreach (var (tag, value) in Dynamic(elf))
            {
                if (tag == DtStrTab) strings = FileOffset(elf, value);
                else if (tag == DtVerNeed) needs = FileOffset(elf, value);
                else if (tag == DtVerNeedNum) count = value;
            }
            if (strings < 0 || needs < 0) return 0;

            int changed = 0;
            for (long need = needs, i = 0; i < count; i++)
            {
                long aux = need + U32(elf, need + 8);                       // Verneed.vn_aux
                int auxCount = U16(elf, need + 2);                          // Verneed.vn_cnt
                for (int j = 0; j < auxCount; j++)
                {
                    if (NameAt(elf, strings + U32(elf, aux + 8)) == version) // Vernaux.vna_name
                    {
                        var flags = elf.Slice((int)aux + 4, 2);             // Vernaux.vna_flags
                        BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(U16(elf, aux + 4) | VerFlgWeak));
                        changed++;
                    }
                    aux += U32(elf, aux + 12);                              // Vernaux.vna_next
                }
                need += U32(elf, need + 12);                                // Verneed.vn_next
            }
            return changed;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException("The ELF library is truncated.", e);
        }
    }

    private static List<(long Tag, long Value)> Dynamic(ReadOnlySpan<byte> elf)
    {
        var entries = new List<(long, long)>();
        foreach (var (type, offset, _, size) in Segments(elf))
        {
            if (type != PtDynamic) continue;
            for (long at = offset; at < offset + size && U64(elf, at) != 0; at += 16)
                entries.Add((U64(elf, at), U64(elf, at + 8)));
        }
        return entries;
    }

    private static long FileOffset(ReadOnlySpan<byte> elf, long address)
    {
        foreach (var (type, offset, start, size) in Segments(elf))
        {
            if (type == PtLoad && address >= start && address < start + size) return address - start + offset;
        }
        return -1;
    }

    private static List<(uint Type, long Offset, long Address, long Size)> Segments(ReadOnlySpan<byte> elf)
    {
        long table = U64(elf, 32);
        int entrySize = U16(elf, 54), count = U16(elf, 56);
        var segments = new List<(uint, long, long, long)>(count);
        for (int i = 0; i < count; i++)
        {
            long at = table + (long)i * entrySize;
            segments.Add((U32(elf, at), U64(elf, at + 8), U64(elf, at + 16), U64(elf, at + 32)));
        }
        return segments;
    }

    private static string NameAt(ReadOnlySpan<byte> elf, long at)
    {
        var rest = elf[(int)at..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    private static ushort U16(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt16LittleEndian(elf.Slice(checked((int)at), 2));

    private static uint U32(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt32LittleEndian(elf.Slice(checked((int)at), 4));

    private static long U64(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadInt64LittleEndian(elf.Slice(checked((int)at), 8));
}
