using SimClr.Runtime;

namespace SimClr.Tests.Runtime;

public sealed class PeImportsTests
{
    private static readonly byte[] Library = File.ReadAllBytes(NativePackages.Binding("win-x64", "LibTorchSharp.dll"));

    [Fact]
    public void The_imports_of_a_library_of_Windows_are_read_with_the_libraries_that_have_them()
    {
        var imports = PeImports.Of(Library);
        imports.Count(import => import.Library == "torch_cpu.dll").ShouldBe(1684); // as another reader counts them
        imports.Count(import => import.Library == "c10.dll").ShouldBe(143);
        imports.ShouldContain(("KERNEL32.dll", "GetProcAddress"));
    }

    [Fact]
    public void A_truncated_library_of_Windows_is_refused()
    {
        foreach (int length in new[] { 0, 63, 64, 300, 4096, Library.Length / 2 })
            Should.Throw<InvalidDataException>(() => PeImports.Of(Library.AsSpan(0, length)), length.ToString());
    }
}
