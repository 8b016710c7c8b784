using SimClr.Runtime;

namespace SimClr.Tests.Runtime;

public sealed class PeImportsTests
{
    private static byte[] Library
    {
        get
        {
            string file = NativePackages.Binding("win-x64", "LibTorchSharp.dll");
            Assert.SkipUnless(File.Exists(file), $"needs NuGet's folder of packages, with {file}");
            return File.ReadAllBytes(file);
        }
    }

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
        byte[] library = Library;
        foreach (int length in new[] { 0, 63, 64, 300, 4096, library.Length / 2 })
            Should.Throw<InvalidDataException>(() => PeImports.Of(library.AsSpan(0, length)), length.ToString());
    }
}
