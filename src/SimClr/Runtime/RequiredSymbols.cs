using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// The symbols that a libtorch must have if TorchSharp's native part was not compiled with it. Without this check the dynamic linker would
/// end the process at the first call of a missing function, in the middle of a run.
/// </summary>
internal static unsafe class RequiredSymbols
{
    /// <summary>The symbols of <c>libtorch_cpu.so</c> that this library itself uses.</summary>
    public static IReadOnlyList<string> Own { get; } =
        [
            "_ZN2at13globalContextEv",
            "_ZN2at7Context17setBenchmarkCuDNNEb",
            "_ZN2at8autocast11clear_cacheEv",
            "_ZN2at8autocast17decrement_nestingEv",
            "_ZN2at8autocast17increment_nestingEv",
            "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE",
            "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE",
            "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE",
            "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb",
            "_ZN5torch3jit24getGraphExecutorOptimizeEv",
            "_ZN5torch3jit24setGraphExecutorOptimizeEb",
            "_ZNK2at7Context14benchmarkCuDNNEv",
            "aoti_torch_cpu_mkldnn__convolution_pointwise",
            "aoti_torch_cpu_mkldnn__convolution_pointwise_binary_",
            "aoti_torch_get_data_ptr",
            "aoti_torch_new_tensor_handle",
            "torch_call_dispatcher",
            "torch_list_push_back",
            "torch_new_list_reserve_size",
            "torch_parallel_for",
        ];

    /// <summary>Looks for every symbol in libtorch and in the libraries that it needs.</summary>
    /// <param name="torchCpu">The handle of the loaded libtorch_cpu.so.</param>
    /// <param name="directory">The folder that it was loaded from.</param>
    /// <param name="binding">The file of TorchSharp's native part.</param>
    /// <exception cref="PlatformNotSupportedException">
    /// A symbol is missing; the message says how many are missing and names the first.
    /// </exception>
    public static void Check(nint torchCpu, string directory, string binding)
    {
        string[] needed = [.. Own, .. ElfSymbols.Needed(File.ReadAllBytes(binding)).Where(name => name != LibTorch.UnusedSymbol)];
        string[] missing = [.. needed.Where(name => !NativeLibrary.TryGetExport(torchCpu, name, out _))];
        if (missing.Length == 0) return;
        throw new PlatformNotSupportedException(
            $"The libtorch in {directory} is version {Version(torchCpu)?.ToString() ?? "2.9 or older"}, and TorchSharp here is for " +
                $"{LibTorch.RequiredVersion}: of the {needed.Length} symbols that are needed " +
                $"it lacks {missing.Length}, the first {missing[0]}.");
    }

    // uint64_t aoti_torch_abi_version(): major, minor and patch from the highest byte down. libtorch has it since 2.10.
    private static Version? Version(nint torchCpu)
    {
        if (!NativeLibrary.TryGetExport(torchCpu, "aoti_torch_abi_version", out nint export)) return null;
        ulong version = ((delegate* unmanaged[Cdecl]<ulong>)export)();
        return new Version((int)(version >> 56), (int)(version >> 48 & 0xff));
    }
}
