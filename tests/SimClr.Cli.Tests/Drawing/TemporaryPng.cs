using SimClr.Tests;
using SkiaSharp;

namespace SimClr.Cli.Tests.Drawing;

/// <summary>A PNG file in a temporary folder, deleted afterwards.</summary>
internal sealed class TemporaryPng : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("simclr-drawing-");

    public string Path => System.IO.Path.Combine(folder.FullName, "made", "picture.png");

    public SKBitmap Decode() => SKBitmap.Decode(Path) ?? throw new InvalidDataException($"{Path} does not decode.");

    public IEnumerable<string> Files => Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(Path)!).Select(System.IO.Path.GetFileName)!;

    public void Dispose() => TestFolder.Delete(folder.FullName);
}
