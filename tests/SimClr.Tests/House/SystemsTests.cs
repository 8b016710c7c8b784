using System.Text.RegularExpressions;

namespace SimClr.Tests.House;

/// <summary>What operating systems do in different ways is in three rooms called Systems, one class for each system.</summary>
public sealed partial class SystemsTests
{
    [GeneratedRegex(@"OperatingSystem\.Is|IsOSPlatform|""/(proc|sys|dev|etc|usr|System|Library)/|LibraryImport\(""(?!torch)|DirectorySeparatorChar|Environment\.NewLine")]
    private static partial Regex OfOneSystem();

    // TensorMemory is Linux's alone: HostProcess.ServesTensorMemory. A tar's entries are checked against a native path.
    private static readonly string[] Allowed =
        ["SimClr/Runtime/Memory/TensorArena.cs", "SimClr.Images/Datasets/Downloads/TarGzArchive.cs"];

    [Fact]
    public void Only_the_rooms_of_systems_know_which_system_is_at_work()
    {
        string root = Path.Combine(ArrowsTests.RepositoryRoot(), "src");
        Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/Systems/", StringComparison.Ordinal))
            .Where(file => OfOneSystem().IsMatch(File.ReadAllText(Path.Combine(root, file)))).Order(StringComparer.Ordinal)
            .ShouldBe(Allowed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_text_of_the_sources_has_a_carriage_return()
    {
        string root = Path.Combine(ArrowsTests.RepositoryRoot(), "src");
        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".cs" or ".js" or ".css" or ".html" or ".txt")
            .Where(file => !file.Contains("obj", StringComparison.Ordinal) && File.ReadAllText(file).Contains('\r', StringComparison.Ordinal)).ShouldBeEmpty();
    }
}
