using System.Buffers.Binary;
using System.Text;

namespace SimClr.Runtime;

/// <summary>The symbols that an ELF64 little-endian shared library imports (section <c>.dynsym</c>).</summary>
internal static class ElfSymbols
{
    private const uint ShtDynSym = 11;
    private const int Global = 1; // STB_GLOBAL; a weak symbol may be missing

    /// <summary>The names of the symbols that the library cannot work without.</summary>
    /// <param name="elf">The bytes of the whole library.</param>
    /// <exception cref="InvalidDataException">The bytes are not an ELF64 little-endian library, or end too early.</exception>
    public static List<string> Needed(ReadOnlySpan<byte> elf)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
            throw new InvalidDataException("Not an ELF64 little-endian library.");
        try
        {
            var names = new List<string>();
            int sections = U16(elf, 60);
            for (int i = 0; i < sections; i++)
            {
                if (U32(elf, Section(elf, i) + 4) == ShtDynSym) AddNeeded(elf, Section(elf, i), names);
            }
            return names;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException("The ELF library is truncated.", e);
        }
    }

    private static void AddNeeded(ReadOnlySpan<byte> elf, long table, List<string> names)
    {
        long strings = U64(elf, Section(elf, (int)U32(elf, table + 40)) + 24);  // sh_link's sh_offset
        long start = U64(elf, table + 24), size = U64(elf, table + 32);
        for (long at = start; at < start + size; at += 24)
        {
            if (U16(elf, at + 6) != 0 || elf[(int)at + 4] >> 4 != Global) continue; // st_shndx, st_info
            var rest = elf[checked((int)(strings + U32(elf, at)))..];
            names.Add(Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]));
        }
    }

    private static long Section(ReadOnlySpan<byte> elf, int index) => U64(elf, 40) + (long)index * U16(elf, 58);

    private static ushort U16(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt16LittleEndian(elf.Slice(checked((int)at), 2));

    private static uint U32(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt32LittleEndian(elf.Slice(checked((int)at), 4));

    private static long U64(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadInt64LittleEndian(elf.Slice(checked((int)at), 8));
}
