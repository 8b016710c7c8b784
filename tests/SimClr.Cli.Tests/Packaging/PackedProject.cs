using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Packaging;

/// <summary>A project outside this repository that uses the packages.</summary>
internal sealed class PackedProject(Packages packages) : IDisposable
{
    public TemporaryFolder Folder { get; } = new();

    private static string PackageCache =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

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
            $"-p:RestoreSources={packages.Folder}", $"-p:RestorePackagesPath={Folder.In("restored")}", $"-p:RestoreFallbackFolders={PackageCache}");
    }

    public void Dispose() => Folder.Dispose();
}
