using System.Buffers.Binary;
using System.Text;

namespace SimClr.Tests.Runtime;

/// <summary>The names that a library of 64-bit Windows exports (Microsoft's "PE Format", "The .edata Section").</summary>
internal static class PeExports
{
    public static HashSet<string> Of(byte[] pe)
    {
        int header = U32(pe, 60), optional = header + 24, sections = optional + U16(pe, header + 20);
        int At(int address)
        {
            for (int section = sections; ; section += 40)
            {
                int start = U32(pe, section + 12);
                if (address >= start && address < start + U32(pe, section + 8)) return U32(pe, section + 20) + address - start;
            }
        }

        int table = At(U32(pe, optional + 112)), names = At(U32(pe, table + 32));
        return [.. Enumerable.Range(0, U32(pe, table + 24)).Select(i => Text(pe, At(U32(pe, names + 4 * i))))];
    }

    private static string Text(byte[] pe, int at) => Encoding.ASCII.GetString(pe.AsSpan(at, pe.AsSpan(at).IndexOf((byte)0)));

    private static int U16(byte[] pe, int at) => BinaryPrimitives.ReadUInt16LittleEndian(pe.AsSpan(at));

    private static int U32(byte[] pe, int at) => BinaryPrimitives.ReadInt32LittleEndian(pe.AsSpan(at));
}
