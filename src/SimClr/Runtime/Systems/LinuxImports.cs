using System.Globalization;
using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// The functions that a loaded ELF library imports from others. Their addresses are in a table of the library, which the dynamic linker
/// filled.
/// </summary>
internal static unsafe partial class LinuxImports
{
    private const long Size = 24; // of a symbol, and of a relocation with addend

    private enum Tag
    {
        Null = 0, JumpSize = 2, Strings = 5, Symbols = 6, Relocations = 7, RelocationsSize = 8, Jumps = 23,
    }

    /// <summary>Makes a library call another function under an imported name. Calls from other libraries do not change.</summary>
    /// <param name="library">The handle from <c>dlopen</c>.</param>
    /// <param name="function">The imported name, for example <c>free</c>.</param>
    /// <param name="replacement">A function with the same signature.</param>
    /// <returns>
    /// The function that the library called before; 0 if it does not call the function through this table, and then nothing has changed.
    /// </returns>
    public static nint Replace(nint library, string function, nint replacement)
    {
        if (LinkMap(library, 2, out Link* link) != 0) return 0;
        var at = new nint[64];
        for (long* entry = link->Dynamic; *entry != (long)Tag.Null; entry += 2)
        {
            if (*entry < at.Length) at[*entry] = (nint)entry[1];
        }
        nint slot = Find(link->Base, at, at[(int)Tag.Jumps], at[(int)Tag.JumpSize], function);
        if (slot == 0) slot = Find(link->Base, at, at[(int)Tag.Relocations], at[(int)Tag.RelocationsSize], function);
        return slot == 0 ? 0 : Write((nint*)slot, replacement);
    }

    private static nint Find(nint origin, nint[] at, nint relocations, nint bytes, string function)
    {
        const int GlobalData = 6, JumpSlot = 7; // R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT
        for (long* entry = (long*)relocations; (nint)entry < relocations + bytes; entry += 3)
        {
            var (type, symbol) = ((int)entry[1], entry[1] >> 32);
            if (type is not (GlobalData or JumpSlot)) continue;
            uint name = *(uint*)(at[(int)Tag.Symbols] + (nint)(symbol * Size));
            if (Marshal.PtrToStringUTF8(at[(int)Tag.Strings] + (nint)name) == function) return origin + (nint)entry[0];
        }
        return 0;
    }

    // The linker makes the table read-only if it has bound everything at once (RELRO).
    private static nint Write(nint* slot, nint value)
    {
        const int Read = 1, ReadWrite = 3, PageSize = 4096;
        if (IsWritable((nint)slot) is not { } writable) return 0;
        if (writable) return Interlocked.Exchange(ref *slot, value);
        nint page = (nint)slot & ~(PageSize - 1);
        if (Protect(page, PageSize, ReadWrite) != 0) return 0;
        nint before = Interlocked.Exchange(ref *slot, value);
        _ = Protect(page, PageSize, Read);
        return before;
    }

    // Null if it cannot be known.
    private static bool? IsWritable(nint address)
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/maps")) // 7f12a000-7f12b000 rw-p …
            {
                int space = line.IndexOf(' ', StringComparison.Ordinal), dash = line.IndexOf('-', StringComparison.Ordinal);
                if (address >= Number(line[..dash]) && address < Number(line[(dash + 1)..space])) return line[space + 2] == 'w';
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // no /proc
        }
        return null;
    }

    private static nint Number(string hexadecimal) => nint.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    // struct link_map of link.h
    private readonly struct Link(nint origin, nint name, long* dynamic)
    {
        public readonly nint Base = origin, Name = name;
        public readonly long* Dynamic = dynamic;
    }

    [LibraryImport("libc", EntryPoint = "dlinfo")]
    private static partial int LinkMap(nint handle, int request, out Link* link);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);
}
