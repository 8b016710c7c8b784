using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// The functions that a loaded library of 64-bit Windows imports from others. Their addresses are in a table of the library, which the
/// loader filled.
/// </summary>
/// <remarks>
/// Layout: Microsoft's "PE Format", "The .idata Section". In memory the addresses in it count from the library's first byte.
/// </remarks>
internal static unsafe partial class WindowsImports
{
    private const int ReadWrite = 4; // PAGE_READWRITE

    /// <summary>Makes a library call another function under an imported name. Calls from other libraries do not change.</summary>
    /// <param name="library">The handle of the loaded library, which is its address.</param>
    /// <param name="function">The imported name, for example <c>free</c>.</param>
    /// <param name="replacement">A function with the same signature.</param>
    /// <returns>The function that the library called before; 0 if it imports none of that name, and then nothing has changed.</returns>
    public static nint Replace(nint library, string function, nint replacement)
    {
        const int Pe32PlusImports = 24 + 112 + 8; // from the PE signature
        var image = (byte*)library;
        uint imports = *(uint*)(image + *(uint*)(image + 60) + Pe32PlusImports);
        if (imports == 0) return 0;
        for (var entry = (uint*)(image + imports); entry[3] != 0; entry += 5) // names, time, chain, library, addresses
        {
            var names = (ulong*)(image + (entry[0] != 0 ? entry[0] : entry[4]));
            for (int i = 0; names[i] != 0; i++)
            {
                bool byNumber = names[i] >> 63 != 0;
                if (!byNumber && Marshal.PtrToStringAnsi((nint)(image + names[i] + 2)) == function)
                    return Write((nint*)(image + entry[4]) + i, replacement);
            }
        }
        return 0;
    }

    private static nint Write(nint* slot, nint value)
    {
        if (!Protect(slot, (nuint)sizeof(nint), ReadWrite, out uint before)) return 0;
        nint replaced = Interlocked.Exchange(ref *slot, value);
        _ = Protect(slot, (nuint)sizeof(nint), before, out _);
        return replaced;
    }

    [LibraryImport("kernel32", EntryPoint = "VirtualProtect")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool Protect(void* address, nuint bytes, uint protection, out uint before);
}
