// Draws the icon of the packages: two views of one image, as SimCLR sees it.
//   dotnet run docs/pictures/icon.cs src/icon.png
#:project ../../src/SimClr.Images/SimClr.Images.csproj
#:property PublishAot=false
#:property UsesLibTorch=false
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;
using SkiaSharp;

const int Side = 128, Tile = 66, Seed = 8, Picture = 9;

var images = new BuiltInImages(DatasetPart.Train, count: 12); // one of each class
var image = images.Read(Picture);
var preprocessing = new Preprocessing { ImageSize = 32 };
var policy = new ViewPolicy { MinScale = 0.5, ColorStrength = 1, GrayscaleProbability = 0, JitterProbability = 1 }.For(preprocessing.ImageSize);

using var surface = SKSurface.Create(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Premul));
var canvas = surface.Canvas;
canvas.Clear(SKColors.Transparent);
using var paint = new SKPaint { IsAntialias = true, Color = new SKColor(0x1c, 0x2b, 0x4a) };
canvas.DrawRoundRect(0, 0, Side, Side, 24, 24, paint);
for (int view = 0; view < 2; view++)
{
    var drawn = policy.Draw(image.Width, image.Height, preprocessing.ImageSize, new CounterRandom(Seed, 0, 0, view));
    float[] planes = new float[3 * preprocessing.ImageSize * preprocessing.ImageSize];
    new CpuViewRenderer(policy, preprocessing).Render(image, drawn, planes);
    using var bitmap = Bitmap(planes, preprocessing.ImageSize);
    var place = SKRect.Create(view == 0 ? 10 : Side - 10 - Tile, view == 0 ? 10 : Side - 10 - Tile, Tile, Tile);
    canvas.Save();
    using var rounded = new SKRoundRect(place, 12);
    canvas.ClipRoundRect(rounded, antialias: true);
    using var pixels = SKImage.FromBitmap(bitmap);
    canvas.DrawImage(pixels, place, new SKSamplingOptions(SKCubicResampler.Mitchell));
    canvas.Restore();
    using var border = new SKPaint { IsAntialias = true, IsStroke = true, StrokeWidth = 4, Color = SKColors.White };
    canvas.DrawRoundRect(rounded, border);
}

using var snapshot = surface.Snapshot();
using var png = snapshot.Encode(SKEncodedImageFormat.Png, 100);
File.WriteAllBytes(args.Length > 0 ? args[0] : "src/icon.png", png.ToArray());

static SKBitmap Bitmap(float[] planes, int side)
{
    var bitmap = new SKBitmap(side, side);
    byte Value(int plane, int i) => (byte)Math.Clamp(255 * planes[plane * side * side + i], 0, 255);
    for (int i = 0; i < side * side; i++) bitmap.SetPixel(i % side, i / side, new SKColor(Value(0, i), Value(1, i), Value(2, i)));
    return bitmap;
}
