namespace SimClr.Runtime;

/// <summary>The functions of libtorch with C++ linkage that this library calls. The other functions have C linkage.</summary>
internal static class CppFunctions
{
    public static readonly CppFunction GlobalContext = new("_ZN2at13globalContextEv", "?globalContext@at@@YAAEAVContext@1@XZ");

    public static readonly CppFunction SetBenchmarkCuDnn =
        new("_ZN2at7Context17setBenchmarkCuDNNEb", "?setBenchmarkCuDNN@Context@at@@QEAAX_N@Z");

    public static readonly CppFunction BenchmarkCuDnn =
        new("_ZNK2at7Context14benchmarkCuDNNEv", "?benchmarkCuDNN@Context@at@@QEBA_NXZ");

    public static readonly CppFunction ClearAutocastCache = new("_ZN2at8autocast11clear_cacheEv", "?clear_cache@autocast@at@@YAXXZ");

    public static readonly CppFunction DecrementAutocastNesting =
        new("_ZN2at8autocast17decrement_nestingEv", "?decrement_nesting@autocast@at@@YAHXZ");

    public static readonly CppFunction IncrementAutocastNesting =
        new("_ZN2at8autocast17increment_nestingEv", "?increment_nesting@autocast@at@@YAHXZ");

    public static readonly CppFunction GetAutocastType = new("_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE",
        "?get_autocast_dtype@autocast@at@@YA?AW4ScalarType@c10@@W4DeviceType@4@@Z");

    public static readonly CppFunction SetAutocastType = new("_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE",
        "?set_autocast_dtype@autocast@at@@YAXW4DeviceType@c10@@W4ScalarType@4@@Z");

    public static readonly CppFunction IsAutocastEnabled = new("_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE",
        "?is_autocast_enabled@autocast@at@@YA_NW4DeviceType@c10@@@Z");

    public static readonly CppFunction SetAutocastEnabled = new("_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb",
        "?set_autocast_enabled@autocast@at@@YAXW4DeviceType@c10@@_N@Z");

    public static readonly CppFunction GetGraphExecutorOptimize =
        new("_ZN5torch3jit24getGraphExecutorOptimizeEv", "?getGraphExecutorOptimize@jit@torch@@YA_NXZ");

    public static readonly CppFunction SetGraphExecutorOptimize =
        new("_ZN5torch3jit24setGraphExecutorOptimizeEb", "?setGraphExecutorOptimize@jit@torch@@YAX_N@Z");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<CppFunction> All { get; } =
        [
            GlobalContext, SetBenchmarkCuDnn, BenchmarkCuDnn,
            ClearAutocastCache, DecrementAutocastNesting, IncrementAutocastNesting,
            GetAutocastType, SetAutocastType, IsAutocastEnabled, SetAutocastEnabled,
            GetGraphExecutorOptimize, SetGraphExecutorOptimize,
        ];
}
