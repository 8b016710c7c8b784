using System.Globalization;
using SimClr.Datasets;
using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

/// <summary>
/// A run of a few steps and a folder of photographs with parts and classes: 12 and 6 images, one damaged, two duplicated.
/// </summary>
public sealed class Photos : IDisposable
{
    internal const string Small = "--image-size 16 --width 0.0625 --batch-size 16 --threads 1";

    private readonly TemporaryFolder folder = new();

    public Photos()
    {
        var images = new BuiltInImages(DatasetPart.Train, 18);
        for (int i = 0; i < 18; i++) Save(images, i, Names[i]);
        File.WriteAllBytes(In(Damaged), File.ReadAllBytes(In(Damaged))[..60]);
        File.Copy(In(Names[9]), In(Names[2]), overwrite: true);  // within train
        File.Copy(In(Names[15]), In(Names[4]), overwrite: true); // train and test
        var (exitCode, _, error) = InProcess.Run($"pretrain --data builtin --limit 64 --epochs 1 {Small} --output {Run}");
        exitCode.ShouldBe(0, error);
    }

    /// <summary>A class whose name has a comma, and a quotation mark where names may have it.</summary>
    internal static string Dog => OperatingSystem.IsWindows() ? "dog, big" : "dog, \"big\"";

    /// <summary>In no order; <see cref="Sorted"/> has the order of the program.</summary>
    internal static string[] Names { get; } =
        [.. Enumerable.Range(0, 18).Select(i => string.Create(CultureInfo.InvariantCulture, $"{(i < 12 ? "train" : "test")}/{(i % 2 == 0 ? "cat" : Dog)}/{17 - i:d2}.png"))];

    internal static string[] Sorted { get; } = [.. Names.Order(StringComparer.Ordinal)];

    internal static string Damaged => Names[8];

    internal string Data => folder.In("photos");

    internal string Run => folder.In("run");

    internal string In(string name) => Path.Combine(Data, name);

    internal string Named(string name) => folder.Named("photos", name);

    public void Dispose() => folder.Dispose();

    private void Save(BuiltInImages images, int index, string name)
    {
        var image = images.Read(index);
        using var bitmap = new SKBitmap(image.Width, image.Height);
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            var rgb = image.Pixels.Span.Slice(3 * i, 3);
            bitmap.SetPixel(i % image.Width, i / image.Width, new SKColor(rgb[0], rgb[1], rgb[2]));
        }
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
        File.WriteAllBytes(In(name), png.ToArray());
    }
}
