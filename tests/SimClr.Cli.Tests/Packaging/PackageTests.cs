using System.IO.Compression;
using System.Reflection.Metadata;
using System.Xml.Linq;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Packaging;

/// <summary>The packages of both libraries and of the tool, made from the build of the test run and installed outside this repository.</summary>
[Trait("Duration", "Long")]
public sealed class PackageTests(Packages packages) : IDisposable
{
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    private readonly PackedProject project = new(packages);

    private TemporaryFolder Folder => project.Folder;

    private string Version => packages.Version;

    public void Dispose() => project.Dispose();

    [Fact]
    public void The_library_runs_in_an_empty_project_that_adds_its_package_and_libtorchs()
    {
        packages.Make("SimClr.Images");
        packages.Make("SimClr");
        using (var package = ZipFile.OpenRead(Path.Combine(packages.Folder, $"SimClr.{Version}.nupkg")))
        {
            package.Entries.Select(e => e.FullName).Where(n => !n.StartsWith('_') && !n.StartsWith('[') && !n.StartsWith("package/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .ShouldBe(["LICENSE", "README.md", "SimClr.nuspec", "icon.png", "lib/net10.0/SimClr.dll", "lib/net10.0/SimClr.xml"]);
            using var nuspec = package.GetEntry("SimClr.nuspec")!.Open();
            var elements = XDocument.Load(nuspec).Descendants().ToList();
            elements.Single(e => e.Name.LocalName == "icon").Value.ShouldBe("icon.png");
            elements.Single(e => e.Name.LocalName == "releaseNotes").Value.ShouldStartWith(ChangesOfThisVersion);
            var dependencies = elements.Where(e => e.Name.LocalName == "dependency").ToList();
            dependencies.Select(d => (string)d.Attribute("id")!).ShouldContain("TorchSharp");
            dependencies.Select(d => (string)d.Attribute("id")!).ShouldContain("SimClr.Images");
            dependencies.ShouldNotContain(d => ((string)d.Attribute("id")!).StartsWith("libtorch", StringComparison.OrdinalIgnoreCase));
            ((string)dependencies.Single(d => (string?)d.Attribute("id") == "TorchSharp").Attribute("exclude")!).ShouldNotContain("Native");
        }
        CheckSymbols("SimClr", "lib/net10.0/SimClr.pdb", "Losses/NtXentLoss.cs");

        string program = string.Join('\n', File.ReadLines(Path.Combine(ReadmeTests.Root, "samples", "Pretrain.cs")).Where(line => !line.StartsWith("#:", StringComparison.Ordinal)));
        project.Build(program, $"""<PackageReference Include="SimClr" Version="{Version}" /><PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />""");
        Directory.GetDirectories(Folder.In("restored")).Select(Path.GetFileName).Order().ShouldBe(["simclr", "simclr.images"]);

        string output = Command.Run(Folder.In("empty"), "dotnet", Path.Combine("out", "Empty.dll"), "run", "1");
        output.ShouldContain("step 30 of 30: loss");
        output.ShouldContain("h: 1920 × 128");
    }

    [Fact]
    public void The_package_of_images_makes_views_alone_and_brings_no_libtorch()
    {
        packages.Make("SimClr.Images");
        CheckSymbols("SimClr.Images", "lib/net10.0/SimClr.Images.pdb", "Views/ViewPolicy.cs");
        project.Build("""
            using SimClr.Datasets;
            using SimClr.Images;
            using SimClr.Randomness;
            using SimClr.Views;

            var images = new BuiltInImages(DatasetPart.Train, count: 1);
            var policy = new ViewPolicy().For(32);
            var preprocessing = new Preprocessing { ImageSize = 32 };
            var image = images.Read(0);
            float[] view = new float[3 * 32 * 32];
            new CpuViewRenderer(policy, preprocessing).Render(image, policy.Draw(image.Width, image.Height, 32, new CounterRandom(0, 0, 0, 0)), view);
            Console.WriteLine($"view of {view.Length} values, {(view.Distinct().Count() > 100 ? "with" : "without")} a picture");
            """, $"""<PackageReference Include="SimClr.Images" Version="{Version}" />""");
        Directory.GetFiles(Folder.In("empty", "out"), "*torch*", SearchOption.AllDirectories).ShouldBeEmpty();
        Command.Run(Folder.In("empty"), "dotnet", Path.Combine("out", "Empty.dll")).ShouldContain("view of 3072 values, with a picture");
    }

    [Fact]
    public void The_tool_runs_from_an_empty_tool_path_and_without_being_installed()
    {
        packages.Make("SimClr.Cli", $"-p:PublishDir={Folder.In("publish")}/", "-p:CreateHardLinksForPublishFilesIfPossible=true");
        CheckSymbols("SimClr.Tool", "tools/net10.0/linux-x64/SimClr.Cli.pdb", "Commands/CommandLine.cs");
        Command.Run(Folder.Path, "dotnet", "tool", "install", "SimClr.Tool", "--version", Version, "--tool-path", Folder.In("tools"), "--source", packages.Folder);

        string simclr = Folder.In("tools", "simclr");
        Command.Run(Folder.Path, simclr, "--help").ShouldContain("pretrain");
        Command.Run(Folder.Path, simclr, "pretrain", "--data", "builtin", "--limit", "8", "--epochs", "1", "--image-size", "8", "--width", "0.0625", "--batch-size", "8", "--output", "run");
        File.Exists(Folder.In("run", "recipe.yaml")).ShouldBeTrue();
        Command.Run(Folder.Path, simclr, "views", "--data", "builtin", "--images", "1", "--pairs", "1", "--out", "views.png");
        new FileInfo(Folder.In("views.png")).Length.ShouldBeGreaterThan(1000);

        // What the command dnx does. It unpacks into the cache of packages: here one of its own.
        string[] once = ["tool", "exec", "--yes", $"SimClr.Tool@{Version}", "--source", packages.Folder, "--", "runs", "--help"];
        Command.Run(Folder.Path, "env", [$"NUGET_PACKAGES={Folder.In("cache")}", "dotnet", .. once]).ShouldContain("simclr runs");
    }

    // The heading of the first section of CHANGELOG.md.
    private static string ChangesOfThisVersion => File.ReadLines(Path.Combine(ReadmeTests.Root, "CHANGELOG.md")).First(line => line.StartsWith("## ", StringComparison.Ordinal));

    // Without a public repository to fetch them from, a debugger finds the sources in the symbols.
    private void CheckSymbols(string id, string symbols, string source)
    {
        using var package = ZipFile.OpenRead(Path.Combine(packages.Folder, $"{id}.{Version}.snupkg"));
        using var pdb = new MemoryStream();
        using (var entry = package.GetEntry(symbols)!.Open()) entry.CopyTo(pdb);
        pdb.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(pdb);
        var reader = provider.GetMetadataReader();
        var embedded = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation).Where(c => reader.GetGuid(c.Kind) == EmbeddedSource && c.Parent.Kind == HandleKind.Document)
            .Select(c => reader.GetString(reader.GetDocument((DocumentHandle)c.Parent).Name)).ToList();
        embedded.ShouldContain(n => n.EndsWith(source, StringComparison.Ordinal));
    }
}
