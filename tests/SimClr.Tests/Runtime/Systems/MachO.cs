using System.Buffers.Binary;
using System.Text;

namespace SimClr.Tests.Runtime;

/// <summary>
/// A library of 64-bit macOS (Apple's loader.h and nlist.h): its name, the libraries it loads, its exports, and its imports, each with the
/// library that has it; null where the system finds it. Names are as dlsym takes them, without the first underscore.
/// </summary>
internal sealed record MachO(string Name, List<string> Loads, HashSet<string> Exports, List<(string Symbol, string? Library)> Imports)
{
    private const uint Magic = 0xfeedfacf, Symbols = 2, Load = 0xc, Id = 0xd, LoadWeak = 0x80000018, Reexport = 0x8000001f;
    private const byte Debugging = 0xe0, Defined = 0x0e, External = 1;

    public static MachO Of(byte[] file)
    {
        U32(file, 0).ShouldBe(Magic);
        var (name, loads, exports, imports) = ("", new List<string>(), new HashSet<string>(), new List<(string, int)>());
        int at = 32;
        for (int command = 0; command < U32(file, 16); command++, at += (int)U32(file, at + 4))
        {
            uint kind = U32(file, at);
            if (kind is Load or LoadWeak or Reexport) loads.Add(Text(file, at + (int)U32(file, at + 8)));
            else if (kind == Id) name = Text(file, at + (int)U32(file, at + 8));
            else if (kind == Symbols) Add(file, at, exports, imports);
        }
        return new(name, loads, exports, [.. imports.Select(import => (import.Item1, loads.ElementAtOrDefault(import.Item2 - 1)))]);
    }

    private static void Add(byte[] file, int at, HashSet<string> exports, List<(string, int)> imports)
    {
        int table = (int)U32(file, at + 8), count = (int)U32(file, at + 12), strings = (int)U32(file, at + 16);
        for (int entry = table; entry < table + 16 * count; entry += 16)
        {
            byte type = file[entry + 4];
            if ((type & Debugging) != 0 || (type & External) == 0) continue;
            string symbol = Text(file, strings + (int)U32(file, entry))[1..];
            if ((type & Defined) != 0) exports.Add(symbol);
            else imports.Add((symbol, file[entry + 7])); // the number of the library, from 1
        }
    }

    private static string Text(byte[] file, int at) => Encoding.UTF8.GetString(file.AsSpan(at, file.AsSpan(at).IndexOf((byte)0)));

    private static uint U32(byte[] file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));
}
