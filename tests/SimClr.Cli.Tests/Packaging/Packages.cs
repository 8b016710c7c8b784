using System.Collections.Concurrent;
using SimClr.Cli.Tests.Commands;

[assembly: AssemblyFixture(typeof(SimClr.Cli.Tests.Packaging.Packages))]

namespace SimClr.Cli.Tests.Packaging;

/// <summary>The packages, each made once from the build of the test run.</summary>
public sealed class Packages : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<string>> made = new();
    private readonly TemporaryFolder folder = new();

    /// <summary>The folder that holds them.</summary>
    public string Folder => folder.Path;

    /// <summary>A version that no cache contains.</summary>
    public string Version { get; } = $"0.1.0-test.{Guid.NewGuid():n}";

    /// <summary>Makes the package of a project in src, unless it was made.</summary>
    public void Make(string project, params string[] more)
    {
        string configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Debug{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Debug" : "Release";
        _ = made.GetOrAdd(project, _ => new(() => Command.Run(ReadmeTests.Root, "dotnet",
            ["pack", Path.Combine("src", project), "-c", configuration, "--no-build", "-o", Folder, $"-p:PackageVersion={Version}", $"-p:NuspecOutputPath={folder.In("nuspec")}", .. more]))).Value;
    }

    public void Dispose() => folder.Dispose();
}
