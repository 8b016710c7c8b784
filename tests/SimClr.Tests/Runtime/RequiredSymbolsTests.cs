using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SimClr.Runtime;
using SimClr.Tests.House;

namespace SimClr.Tests.Runtime;

public sealed partial class RequiredSymbolsTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "libtorch");

    [GeneratedRegex("""LibraryImport\("torch_cpu", EntryPoint = "(\w+)"|LibraryImport\("torch_cpu"\)""")]
    private static partial Regex Import();

    [Fact]
    public void The_packaged_libtorch_has_the_symbols_that_TorchSharp_needs()
    {
        var needed = ElfSymbols.Needed(File.ReadAllBytes(Path.Combine(Folder, "libLibTorchSharp.so")));
        needed.Count.ShouldBeGreaterThan(1000);
        needed.ShouldContain(name => name.StartsWith("_ZN2at4_ops", StringComparison.Ordinal));
        LibTorch.Load();
        RequiredSymbols.Check(new Dictionary<string, nint> { ["torch_cpu"] = NativeLibrary.Load(Path.Combine(Folder, "libtorch_cpu.so")) }, Folder, Path.Combine(Folder, "libLibTorchSharp.so"));
    }

    [Fact]
    public void A_library_that_lacks_symbols_is_refused_with_their_number_and_the_first()
    {
        var other = new Dictionary<string, nint> { ["torch_cpu"] = NativeLibrary.Load("libm.so.6") };
        var error = Should.Throw<PlatformNotSupportedException>(() => RequiredSymbols.Check(other, "/opt/torch/lib", Path.Combine(Folder, "libLibTorchSharp.so")));
        error.Message.ShouldContain("/opt/torch/lib");
        error.Message.ShouldContain("2.9 or older");
        error.Message.ShouldContain(RequiredSymbols.Own[0]);
    }

    // The folded encoder has another way where libtorch has no oneDNN.
    [Fact]
    public void The_list_of_our_own_symbols_equals_the_imports_in_the_source()
    {
        var imported = Directory.EnumerateFiles(Path.Combine(ArrowsTests.RepositoryRoot(), "src", "SimClr"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).SelectMany(f => Import().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value)
            .Where(name => !name.StartsWith("aoti_torch_cpu_mkldnn_", StringComparison.Ordinal));
        imported.Distinct().Concat(CppFunctions.All.Select(function => function.Name)).Order(StringComparer.Ordinal).ShouldBe(RequiredSymbols.Own.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_truncated_library_is_refused()
    {
        byte[] library = File.ReadAllBytes(Path.Combine(Folder, "libLibTorchSharp.so"));
        Should.Throw<InvalidDataException>(() => ElfSymbols.Needed(library.AsSpan(0, 4096)));
        Should.Throw<InvalidDataException>(() => ElfSymbols.Needed("not a library"u8));
    }
}
