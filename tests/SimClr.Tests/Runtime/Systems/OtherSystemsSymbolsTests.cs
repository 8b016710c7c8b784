using SimClr.Runtime;

namespace SimClr.Tests.Runtime;

/// <summary>What a start on Windows or macOS looks up, looked up in the files of their packages. Fetched by dotnet restore tests/OtherSystems.</summary>
public sealed class OtherSystemsSymbolsTests
{
    // With C linkage: the same name everywhere.
    private static readonly IEnumerable<string> Plain = RequiredSymbols.Own.Except(CppFunctions.All.Select(function => function.Name));

    [Fact]
    public void On_Windows_every_symbol_that_the_library_and_TorchSharp_need_is_exported()
    {
        var exports = new[] { "torch_cpu", "c10" }.ToDictionary(name => name, name => PeExports.Of(NativePackages.Torch("win-x64", $"{name}.dll")));
        var needed = new WindowsProcess().NeededSymbols(NativePackages.Binding("win-x64", "LibTorchSharp.dll")).ToList();
        needed.Count.ShouldBeGreaterThan(1500);
        needed.Where(symbol => !exports[symbol.Library].Contains(symbol.Symbol)).ShouldBeEmpty();
        CppFunctions.All.Select(function => function.Microsoft).Concat(Plain).Except(exports["torch_cpu"]).ShouldBeEmpty();
        PeExports.Of(File.ReadAllBytes(NativePackages.Binding("win-x64", "LibTorchSharp.dll"))).ShouldContain("THSJIT_load");
    }

    [Fact]
    public void On_Windows_libtorch_needs_only_the_libraries_that_come_with_the_program_or_the_system()
    {
        string[] system = ["KERNEL32", "kernel32", "WS2_32", "ADVAPI32", "dbghelp", "MSVCP140", "VCRUNTIME140", "VCRUNTIME140_1"];
        foreach (string name in new[] { "torch_cpu", "c10", "torch" })
        {
            PeImports.Of(NativePackages.Torch("win-x64", $"{name}.dll")).Select(import => Path.GetFileNameWithoutExtension(import.Library)).Distinct()
                .Where(library => !library.StartsWith("api-ms-win-crt-", StringComparison.Ordinal)).Except(system)
                .ShouldBeSubsetOf(new WindowsProcess().TorchLibraries);
        }
    }

    // tests/windows/stops.sh sends Ctrl+C.
    [Fact]
    public void On_Windows_OpenMP_knows_the_variable_that_leaves_Ctrl_C_to_the_program()
    {
        byte[] library = NativePackages.Torch("win-x64", "libiomp5md.dll");
        foreach (var (name, _) in new WindowsProcess().TrainingVariables)
            library.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(name)).ShouldBePositive(name);
    }

    [Fact]
    public void On_macOS_every_symbol_that_the_library_and_TorchSharp_need_is_exported()
    {
        var libraries = new[] { "libtorch_cpu.dylib", "libc10.dylib", "libtorch.dylib" }.ToDictionary(file => file, file => MachO.Of(NativePackages.Torch("osx-arm64", file)));
        var binding = MachO.Of(File.ReadAllBytes(NativePackages.Binding("osx-arm64", "libLibTorchSharp.dylib")));
        var needed = binding.Imports.Where(import => libraries.ContainsKey(Path.GetFileName(import.Library) ?? "")).ToList();
        needed.Count.ShouldBeGreaterThan(1000);
        needed.Where(import => !libraries[Path.GetFileName(import.Library)!].Exports.Contains(import.Symbol)).ShouldBeEmpty();
        CppFunctions.All.Select(function => function.Itanium).Concat(Plain).Except(libraries["libtorch_cpu.dylib"].Exports).ShouldBeEmpty();
        binding.Exports.ShouldContain("THSJIT_load");
    }

    [Fact]
    public void On_macOS_the_libraries_are_loaded_before_those_that_need_them_and_OpenMP_has_the_name_that_libtorch_asks_for()
    {
        var order = new MacProcess().TorchLibraries;
        var libraries = order.Select(name => MachO.Of(NativePackages.Torch("osx-arm64", new MacProcess().FileOf(name)))).ToList();
        foreach (var (index, library) in libraries.Index())
        {
            library.Loads.Where(load => !load.StartsWith("/System/", StringComparison.Ordinal) && !load.StartsWith("/usr/lib/", StringComparison.Ordinal))
                .ShouldBeSubsetOf(libraries.Take(index).Select(earlier => earlier.Name), customMessage: order[index]);
        }
    }
}
