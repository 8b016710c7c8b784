using System.Buffers.Binary;
using System.Text;

namespace SimClr.Runtime;

/// <summary>The functions that a library of 64-bit Windows imports by name.</summary>
/// <remarks>Layout: Microsoft's "PE Format", "The .idata Section".</remarks>
internal static class PeImports
{
    private const ushort Pe32Plus = 0x20b;
    private const int Directories = 112, ImportDirectory = 1; // offset in the optional header, number of the table

    /// <summary>The imported functions, each with the file name of the library that exports it.</summary>
    /// <param name="pe">The bytes of the whole library.</param>
    /// <exception cref="InvalidDataException">The bytes are not a 64-bit library of Windows, or end too early.</exception>
    public static List<(string Library, string Symbol)> Of(ReadOnlySpan<byte> pe)
    {
        try
        {
            int header = pe.Length >= 64 && pe[..2].SequenceEqual("MZ"u8) ? (int)U32(pe, 60) : -1;
            if (header < 0 || !pe.Slice(header, 4).SequenceEqual("PE\0\0"u8) || U16(pe, header + 24) != Pe32Plus)
                throw new InvalidDataException("Not a 64-bit library of Windows.");
            var imports = new List<(string, string)>();
            uint table = U32(pe, header + 24 + Directories + 8 * ImportDirectory);
            if (table == 0) return imports;
            for (int entry = At(pe, header, table); U32(pe, entry + 12) is not 0 and var name; entry += 20)
            {
                string library = Text(pe, At(pe, header, name));
                int names = At(pe, header, U32(pe, entry) is not 0 and var lookup ? lookup : U32(pe, entry + 16));
                for (; U64(pe, names) is not 0 and var import; names += 8)
                {
                    if (import >> 63 == 0) imports.Add((library, Text(pe, At(pe, header, (uint)import) + 2))); // else by number
                }
            }
            return imports;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException("The library of Windows is truncated.", e);
        }
    }

    // The offset in the file of an address relative to the image.
    private static int At(ReadOnlySpan<byte> pe, int header, uint address)
    {
        int sections = U16(pe, header + 6), first = header + 24 + U16(pe, header + 20);
        for (int section = first; section < first + 40 * sections; section += 40)
        {
            uint start = U32(pe, section + 12), size = Math.Max(U32(pe, section + 8), U32(pe, section + 16));
            if (address >= start && address - start < size) return (int)(U32(pe, section + 20) + address - start);
        }
        throw new InvalidDataException("The library of Windows names an address outside its sections.");
    }

    private static string Text(ReadOnlySpan<byte> pe, int at)
    {
        var rest = pe[at..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    private static ushort U16(ReadOnlySpan<byte> pe, int at) => BinaryPrimitives.ReadUInt16LittleEndian(pe.Slice(at, 2));

    private static uint U32(ReadOnlySpan<byte> pe, int at) => BinaryPrimitives.ReadUInt32LittleEndian(pe.Slice(at, 4));

    private static ulong U64(ReadOnlySpan<byte> pe, int at) => BinaryPrimitives.ReadUInt64LittleEndian(pe.Slice(at, 8));
}
