using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SimClr.Cli.Tests.Commands;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Cli.Tests.Packaging;

/// <summary>The package SimClr.Onnx outside this repository: with .NET, as native code, and for other platforms.</summary>
[Trait("Duration", "Long")]
public sealed partial class OnnxPackageTests(Packages packages, ITestOutputHelper log) : IDisposable
{
    private const string Program = """
        using Microsoft.Extensions.AI;
        using Microsoft.Extensions.DependencyInjection;
        using SimClr.Onnx;

        using var services = new ServiceCollection().AddSimClrEmbeddings(args[0]).BuildServiceProvider();
        var generator = services.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>();
        var h = await generator.GenerateAsync([new DataContent(File.ReadAllBytes(args[1]), "image/png")]);
        Console.WriteLine(string.Join(' ', h[0].Vector.ToArray().Select(v => v.ToString("r", System.Globalization.CultureInfo.InvariantCulture))));
        """;

    private readonly PackedProject project = new(packages);

    [GeneratedRegex(@"warning (IL\d+|CA\d+|CS\d+|NU\d+): (.*)")]
    private static partial Regex Warning();

    private string References => $"""
        <PackageReference Include="SimClr.Onnx" Version="{packages.Version}" /><PackageReference Include="Microsoft.ML.OnnxRuntime" Version="1.31.1" />
        <PackageReference Include="Microsoft.Extensions.DependencyInjection" Version="10.0.15" />
        """;

    public void Dispose() => project.Dispose();

    [Fact]
    public void The_package_embeds_an_image_in_an_empty_project_and_brings_no_libtorch()
    {
        Pack();
        using (var package = ZipFile.OpenRead(Path.Combine(packages.Folder, $"SimClr.Onnx.{packages.Version}.nupkg")))
        {
            using var nuspec = package.GetEntry("SimClr.Onnx.nuspec")!.Open();
            XDocument.Load(nuspec).Descendants().Where(e => e.Name.LocalName == "dependency").Select(d => (string)d.Attribute("id")!).Order().ShouldBe(
                ["BitMiracle.LibTiff.NET", "Microsoft.Extensions.AI.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.ML.OnnxRuntime.Managed", "NetVips", "SimClr.Images", "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies", "System.Numerics.Tensors"]);
        }
        project.Build(Program, References);
        Directory.GetFiles(project.Folder.In("empty", "out"), "*torch*", SearchOption.AllDirectories).ShouldBeEmpty();
        var (encoder, image, expected) = Encoder();
        Check(Command.Run(project.Folder.In("empty"), "dotnet", Path.Combine("out", "Empty.dll"), encoder, image), expected);
    }

    [Fact]
    public void Native_code_embeds_an_image_and_the_compiler_warns_of_none_of_our_code()
    {
        Pack();
        string output = project.PublishNative(Program, References);
        var (encoder, image, expected) = Encoder();
        string program = project.Folder.In("empty", "out", "Empty");
        Check(Command.Run(project.Folder.Path, program, encoder, image), expected);
        long began = Stopwatch.GetTimestamp();
        Command.Run(project.Folder.Path, program, encoder, image);
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(began).TotalSeconds:f2} s from start to end; {string.Join(", ",
            new DirectoryInfo(Path.GetDirectoryName(program)!).GetFiles().Where(f => f.Extension is "" or ".so").Select(f => $"{f.Name} {f.Length / 1e6:f1} MB"))}"));
        string[] warnings = [.. Warning().Matches(output).Select(match => match.Value).Distinct()];
        foreach (string warning in warnings) log.WriteLine(warning);
        warnings.ShouldAllBe(warning => warning.Contains("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal));
    }

    [Fact]
    public void The_service_is_published_for_every_platform_with_its_native_libraries()
    {
        Command.Run(ReadmeTests.Root, "dotnet", "publish", Path.Combine("samples", "EmbeddingService"), "-c", "Release", "-p:RuntimeIdentifier=", "-p:PublishAot=false", "-p:UseAppHost=false",
            "-p:RunAnalyzers=false", "--artifacts-path", project.Folder.In("build"), "-o", project.Folder.In("service"));
        foreach (var (platforms, extension, prefix) in new[] { (new[] { "linux-x64", "linux-arm64" }, "so", "lib"), (["win-x64", "win-arm64"], "dll", ""), (["osx-arm64"], "dylib", "lib") })
        {
            foreach (string platform in platforms)
            {
                string Native(string os, string name) => project.Folder.In("service", "runtimes", os, "native", $"{name}.{extension}");
                new FileInfo(Native(platform, $"{prefix}onnxruntime")).Length.ShouldBeGreaterThan(1_000_000, platform);
                string skia = Native(platform == "osx-arm64" ? "osx" : platform, "libSkiaSharp"); // one file for both processors
                new FileInfo(skia).Length.ShouldBeGreaterThan(1_000_000, platform);
            }
        }
    }

    private void Pack()
    {
        packages.Make("SimClr.Images");
        packages.Make("SimClr.Onnx");
    }

    private (string Encoder, string Image, float[] Expected) Encoder()
    {
        LibTorch.Load();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(1, CPU);
        using var network = new ResNet(new ResNetOptions { Width = 0.0625 }, 32, generator);
        network.eval();
        string encoder = project.Folder.In("encoder.onnx"), image = project.Folder.In("a.png");
        OnnxEncoder.Write(encoder, network, new() { ImageSize = 32 }, new OnnxOptions { Preprocessing = false });
        var picture = new BuiltInImages(DatasetPart.Train, count: 1).Read(0);
        File.WriteAllBytes(image, ImageEncoder.Png(picture));
        float[] view = [.. Enumerable.Range(0, 3 * 32 * 32).Select(i => picture.Pixels.Span[i % 1024 * 3 + i / 1024] / 255f)]; // 32 × 32 already
        return (encoder, image, network.call(tensor(view, [1, 3, 32, 32])).data<float>().ToArray());
    }

    private static void Check(string printed, float[] expected) =>
        printed.Trim().Split(' ').Select(v => float.Parse(v, CultureInfo.InvariantCulture)).Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * expected.Max());
}
