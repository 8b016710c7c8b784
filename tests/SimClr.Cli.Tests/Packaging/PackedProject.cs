using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Packaging;

/// <summary>Packages made from the build of the test run, and a project outside this repository that uses them.</summary>
internal sealed class PackedProject : IDisposable
{
    public TemporaryFolder Folder { get; } = new();

    /// <summary>A version that no cache contains.</summary>
    public string Version { get; } = $"0.1.0-test.{Guid.NewGuid():n}";

    private static string PackageCache =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    public void Pack(string project, params string[] more)
    {
        string configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Debug{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Debug" : "Release";
        Command.Run(ReadmeTests.Root, "dotnet",
            ["pack", Path.Combine("src", project), "-c", configuration, "--no-build", "-o", Folder.In("packages"), $"-p:PackageVersion={Version}", $"-p:NuspecOutputPath={Folder.In("nuspec")}", .. more]);
    }

    /// <summary>Builds the program into empty/out, and returns what the build printed.</summary>
    public string Build(string program, string references) => Make("build", program, references, "<TreatWarningsAsErrors>true</TreatWarningsAsErrors>");

    /// <summary>Publishes the program as native code into empty/out, and returns what it printed.</summary>
    public string PublishNative(string program, string references) =>
        Make("publish", program, references, "<PublishAot>true</PublishAot><TrimmerSingleWarn>false</TrimmerSingleWarn><InvariantGlobalization>true</InvariantGlobalization>");

    // The dependencies of the packages are already on this machine; the packages themselves come only from their folder.
    private string Make(string verb, string program, string references, string properties)
    {
        Directory.CreateDirectory(Folder.In("empty"));
        File.WriteAllText(Folder.In("empty", "Empty.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                {properties}
              </PropertyGroup>
              <ItemGroup>{references}</ItemGroup>
            </Project>
            """);
        File.WriteAllText(Folder.In("empty", "Program.cs"), program);
        return Command.Run(Folder.In("empty"), "dotnet", verb, "-o", "out", "-p:UseSharedCompilation=false", "-p:CreateHardLinksForCopyLocalIfPossible=true",
            $"-p:RestoreSources={Folder.In("packages")}", $"-p:RestorePackagesPath={Folder.In("restored")}", $"-p:RestoreFallbackFolders={PackageCache}");
    }

    public void Dispose() => Folder.Dispose();
}
