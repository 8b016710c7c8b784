using System.Globalization;
using SimClr.Datasets;
using SimClr.Images;
using SkiaSharp;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// The images of the benchmarks; each set is made once. A temporary folder holds them for PyTorch, and the JPEG files for both.
/// </summary>
internal sealed class BenchmarkImages : IDisposable
{
    private const int JpegCount = 32, JpegWidth = 300, JpegHeight = 240, JpegQuality = 90;

    private readonly Dictionary<(int Width, int Height), CroppedImages> sets = [];
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("simclr-bench-");
    private IImageDataset? jpegs;

    /// <param name="photos">JPEG files to measure with; null to write built-in images as JPEG files.</param>
    public BenchmarkImages(IImageDataset? photos) => jpegs = photos;

    public string Folder => folder.FullName;

    /// <summary>Images in memory: about 3 MB of each size, and at least 16 images.</summary>
    public CroppedImages InMemory(int width, int height)
    {
        if (!sets.TryGetValue((width, height), out var set))
            sets[(width, height)] = set = new CroppedImages(Math.Max(16, (1 << 20) / (width * height)), width, height);
        return set;
    }

    /// <summary>JPEG files: at most 64 of the given files, or built-in images of 300 × 240 pixels.</summary>
    public IImageDataset Jpegs => jpegs = jpegs switch
    {
        null => ImageFolderDataset.Open(WriteJpegs(), DatasetPart.Pretraining),
        { Count: > 64 } many => Subsets.Seeded(many, 64, seed: 0),
        var few => few,
    };

    /// <summary>Writes all sets into the folder for PyTorch: <c>WIDTHxHEIGHT.raw</c> and <c>jpegs.txt</c>.</summary>
    public void WriteForRival()
    {
        foreach (var (width, height) in ((int, int)[])[(32, 32), (96, 96), (500, 375)])
        {
            var set = InMemory(width, height);
            using var file = File.Create(Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{width}x{height}.raw")));
            for (int i = 0; i < set.Count; i++) file.Write(set.Read(i).Pixels.Span);
        }
        File.WriteAllLines(Path.Combine(Folder, "jpegs.txt"), Enumerable.Range(0, Jpegs.Count)
            .Select(i => Path.GetFullPath(Jpegs.Describe(i))));
    }

    private string WriteJpegs()
    {
        string below = Directory.CreateDirectory(Path.Combine(Folder, "jpegs")).FullName;
        var images = new CroppedImages(JpegCount, JpegWidth, JpegHeight);
        Parallel.For(0, JpegCount, i =>
        {
            using var bitmap = new SKBitmap(new SKImageInfo(JpegWidth, JpegHeight, SKColorType.Rgba8888, SKAlphaType.Opaque));
            SpriteSheet.Paint(images.Read(i), bitmap.GetPixelSpan(), JpegWidth);
            using var file = File.Create(Path.Combine(below, string.Create(CultureInfo.InvariantCulture, $"{i:d2}.jpg")));
            bitmap.Encode(file, SKEncodedImageFormat.Jpeg, JpegQuality);
        });
        return below;
    }

    public void Dispose() => folder.Delete(recursive: true);
}
