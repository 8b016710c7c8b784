using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// The symbols that a libtorch must have if TorchSharp's native part was not compiled with it. Without this check the dynamic linker would
/// end the process at the first call of a missing function, in the middle of a run.
/// </summary>
internal static unsafe class RequiredSymbols
{
    /// <summary>The symbols of <c>torch_cpu</c> that this library itself needs.</summary>
    public static IReadOnlyList<string> Own { get; } =
        [
            .. CppFunctions.All.Select(function => function.Name),
            "aoti_torch_get_data_ptr",
            "aoti_torch_new_tensor_handle",
            "torch_call_dispatcher",
            "torch_list_push_back",
            "torch_new_list_reserve_size",
            "torch_parallel_for",
        ];

    /// <summary>Looks for every symbol in libtorch and in the libraries that it needs.</summary>
    /// <param name="handles">The loaded libraries of libtorch by name.</param>
    /// <param name="directory">The folder that they were loaded from.</param>
    /// <param name="binding">The file of TorchSharp's native part.</param>
    /// <exception cref="PlatformNotSupportedException">
    /// A symbol is missing; the message says how many are missing and names the first.
    /// </exception>
    public static void Check(IReadOnlyDictionary<string, nint> handles, string directory, string binding)
    {
        (string Library, string Symbol)[] needed =
            [.. Own.Select(name => ("torch_cpu", name)), .. HostProcess.Current.NeededSymbols(binding)];
        string[] missing =
        [
            .. from symbol in needed
               where !handles.TryGetValue(symbol.Library, out nint library) || !NativeLibrary.TryGetExport(library, symbol.Symbol, out _)
               select symbol.Symbol,
        ];
        if (missing.Length == 0) return;
        throw new PlatformNotSupportedException(
            $"The libtorch in {directory} is version {Version(handles)}, " +
                $"and TorchSharp here is for {LibTorch.RequiredVersion}: of the {needed.Length} symbols that are needed " +
                $"it lacks {missing.Length}, the first {missing[0]}.");
    }

    /// <summary>The version (major and minor) of a libtorch, for a message.</summary>
    public static string Version(IReadOnlyDictionary<string, nint> handles)
    {
        // uint64_t aoti_torch_abi_version(): major, minor and patch from the highest byte down. libtorch has it since 2.10.
        if (!NativeLibrary.TryGetExport(handles["torch_cpu"], "aoti_torch_abi_version", out nint export)) return "2.9 or older";
        ulong version = ((delegate* unmanaged[Cdecl]<ulong>)export)();
        return $"{version >> 56}.{version >> 48 & 0xff}";
    }
}
