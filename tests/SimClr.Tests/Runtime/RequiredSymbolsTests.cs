using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SimClr.Runtime;
using SimClr.Tests.House;

namespace SimClr.Tests.Runtime;

public sealed partial class RequiredSymbolsTests
{
    // Not in every libtorch; the code looks for them first.
    private static readonly string[] Optional =
        ["aoti_torch_cpu_mkldnn__convolution_pointwise", "aoti_torch_cpu_mkldnn__convolution_pointwise_binary_"];

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "libtorch");

    private static string Binding => Path.Combine(Folder, HostProcess.Current.FileOf("LibTorchSharp"));

    [GeneratedRegex("""LibraryImport\("torch_cpu", EntryPoint = "(\w+)"|LibraryImport\("torch_cpu"\)""")]
    private static partial Regex Import();

    [Fact]
    public void The_packaged_libtorch_has_the_symbols_that_TorchSharp_needs()
    {
        var needed = HostProcess.Current.NeededSymbols(Binding).ToList();
        needed.Count.ShouldBeGreaterThan(1000);
        needed.ShouldContain(name => name.Symbol.Contains("_ops", StringComparison.Ordinal));
        LibTorch.Load();
        RequiredSymbols.Check(Handles(library => Path.Combine(Folder, HostProcess.Current.FileOf(library))), Folder, Binding);
    }

    [Fact]
    public void A_library_that_lacks_symbols_is_refused_with_their_number_and_the_first()
    {
        string other = OperatingSystem.IsWindows() ? "kernel32.dll" : OperatingSystem.IsMacOS() ? "libSystem.dylib" : "libm.so.6";
        var error = Should.Throw<PlatformNotSupportedException>(() => RequiredSymbols.Check(Handles(_ => other), "/opt/torch/lib", Binding));
        error.Message.ShouldContain("/opt/torch/lib");
        error.Message.ShouldContain("2.9 or older");
        error.Message.ShouldContain(RequiredSymbols.Own[0]);
    }

    private static Dictionary<string, nint> Handles(Func<string, string> file) =>
        ((string[])["c10", "torch_cpu"]).ToDictionary(library => library, library => NativeLibrary.Load(file(library)));

    [Fact]
    public void The_list_of_our_own_symbols_equals_the_imports_in_the_source_and_the_functions_of_Cpp()
    {
        var imported = Directory.EnumerateFiles(Path.Combine(ArrowsTests.RepositoryRoot(), "src", "SimClr"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(f => Import().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value);
        imported.Concat(CppFunctions.All.Select(function => function.Name)).Except(Optional).Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(RequiredSymbols.Own.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_truncated_library_is_refused()
    {
        byte[] library = File.ReadAllBytes(Binding);
        if (OperatingSystem.IsLinux()) Should.Throw<InvalidDataException>(() => ElfSymbols.Needed(library.AsSpan(0, 4096)));
        Should.Throw<InvalidDataException>(() => ElfSymbols.Needed("not a library"u8));
    }
}
