using System.Xml.Linq;
using SimClr.Tests.House;

namespace SimClr.Tests.Runtime;

/// <summary>The native libraries of a system in NuGet's folder of packages, in the versions of this repository.</summary>
internal static class NativePackages
{
    private static string Folder =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>TorchSharp's native part for a system; every build has it.</summary>
    public static string Binding(string system, string file) => Path.Combine(Folder, "torchsharp", Version("TorchSharpVersion"), "runtimes", system, "native", file);

    /// <summary>The bytes of a library of libtorch. Skips the test where the package was not fetched.</summary>
    public static byte[] Torch(string system, string file)
    {
        string path = Path.Combine(Folder, $"libtorch-cpu-{system}", Version("LibTorchVersion"), "runtimes", system, "native", file);
        Assert.SkipUnless(File.Exists(path), $"The package libtorch-cpu-{system} is not here: dotnet restore tests/OtherSystems");
        return File.ReadAllBytes(path);
    }

    private static string Version(string property) =>
        XDocument.Load(Path.Combine(ArrowsTests.RepositoryRoot(), "Directory.Packages.props")).Descendants(property).Single().Value;
}
