using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using SimClr.Images;
using SimClr.Onnx;
using SimClr.Tests.House;

namespace SimClr.Tests.Onnx;

/// <summary>docs/applications.md: its C# is the code of the regions below, and its Python and JavaScript give the encoder's vector.</summary>
public sealed partial class ApplicationsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(ArrowsTests.RepositoryRoot(), "docs", "applications.md"));

    [GeneratedRegex(@"^ *#region docs\n(.*?)^ *#endregion", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Region();

    private static IEnumerable<string> Blocks(string language) =>
        Regex.Matches(Page, $"^```{language}\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline).Select(block => block.Groups[1].Value);

    [Fact]
    public void Every_block_of_CSharp_is_compiled()
    {
        string code = File.ReadAllText(Path.Combine(ArrowsTests.RepositoryRoot(), "tests", "SimClr.Tests", "Onnx", "ApplicationsPageTests.cs"));
        Blocks("csharp").ShouldBe(Region().Matches(code).Select(region => region.Groups[1].Value.Replace("\n        ", "\n", StringComparison.Ordinal)[8..]));
    }

    [Fact]
    public void Python_and_onnxruntime_give_the_encoders_vector() => Runs("python3", "import onnxruntime, numpy, PIL", Blocks("python").Single() + "print(*h)");

    [Fact]
    public void JavaScript_and_onnxruntime_node_give_the_encoders_vector() => Runs("node", "require('onnxruntime-node')", Blocks("js").Single() +
        "embed(new Uint8Array(require('fs').readFileSync('cat.rgb')), 70, 50).then(h => console.log(...h))");

    private static void Runs(string interpreter, string needs, string program)
    {
        using var encoder = new EncoderFile(included: true);
        string folder = Path.GetDirectoryName(encoder.Path)!;
        Assert.SkipWhen(Start(interpreter, folder, needs).ExitCode != 0, $"needs {interpreter} with: {needs} (NODE_PATH names the folder of node's packages)");
        var image = ImageDecoder.Read(encoder.Image("transparent.png", 70, 50));
        encoder.Write("cat.png", ImageEncoder.Png(image)); // without transparency
        encoder.Write("cat.rgb", image.Pixels.ToArray());
        var (exitCode, output, error) = Start(interpreter, folder, program);
        exitCode.ShouldBe(0, error);
        EncoderFile.Difference(output.Trim().Split(' ').Select(v => float.Parse(v, CultureInfo.InvariantCulture)), encoder.Expected(image)).ShouldBeLessThan(1e-4);
    }

    private static (int ExitCode, string Output, string Error) Start(string interpreter, string folder, string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(interpreter, [interpreter == "node" ? "-e" : "-c", program])
            { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder })!;
            var error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "", "");
        }
    }

    internal static async Task Vectors()
    {
        #region docs
        using var embedder = ImageEmbedder.Load("encoder.onnx");
        float[] h = embedder.Embed("cat.jpg");                                    // also a stream, bytes, pixels
        Half[] half = EmbeddedImage.ToHalf(h);
        foreach (var (name, probability) in embedder.Classify("cat.jpg")) Console.WriteLine($"{name} {probability:p1}");

        await foreach (var image in embedder.EmbedAsync(Directory.EnumerateFiles("photos")))
            Console.WriteLine(image.Error is { } error ? error.Message : $"{image.Name}: {image.Vector.Length} numbers");
        #endregion
    }

    internal static void Services(IServiceCollection services)
    {
        #region docs
        services.AddSimClrEmbeddings("encoder.onnx");   // an ImageEmbedder, and the same object as a generator
        services.AddEmbeddingGenerator<DataContent, Embedding<float>>(provider => provider.GetRequiredService<ImageEmbedder>())
            .UseLogging()
            .UseOpenTelemetry()
            .UseDistributedCache(configure: cache => cache.CacheKeyAdditionalValues = [cache.GetService<ImageEmbedder>()!.ModelId]);
        #endregion
    }

    internal static void Foreign()
    {
        #region docs
        using var foreign = ImageEmbedder.Load("resnet50.onnx", new ImageEmbedderOptions
        {
            Preprocessing = Preprocessing.ImageNet with { ImageSize = 224 },
            Output = "features",                                                  // if it has several
        });
        #endregion
    }
}
