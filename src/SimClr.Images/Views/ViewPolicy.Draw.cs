using SimClr.Images;
using SimClr.Randomness;

namespace SimClr.Views;

public sealed partial record ViewPolicy
{
    private const int CropTries = 10;

    /// <summary>Draws one view. The same generator, size and policy give the same view.</summary>
    /// <param name="width">W of the image, in pixels.</param>
    /// <param name="height">H of the image, in pixels.</param>
    /// <param name="imageSize">S, the side of the view in pixels. It decides the policy's automatic values.</param>
    /// <param name="random">The generator of the view.</param>
    public ViewParameters Draw(int width, int height, int imageSize, CounterRandom random)
    {
        double strength = StrengthAt(imageSize), blur = BlurAt(imageSize);
        // Every choice draws its numbers even if they are not used. So a changed probability leaves the other choices as they were.
        var crop = DrawCrop(width, height, random);
        random = random.Skip(3 * CropTries);
        bool flip = random.Chance(FlipProbability);
        bool jitters = random.Chance(JitterProbability);
        var jitter = DrawJitter(strength, ref random);
        bool gray = random.Chance(GrayscaleProbability);
        bool blurs = random.Chance(blur);
        double sigma = random.Uniform(MinSigma, MaxSigma);
        bool solarizes = random.Chance(SolarizeProbability);
        // Options added after version 0.2 draw last, and only if they are used. So older recipes keep their views.
        bool verticalFlip = false, rotates = false;
        int turns = 0;
        if (VerticalFlipProbability > 0 || RotateProbability > 0)
        {
            verticalFlip = random.Chance(VerticalFlipProbability);
            rotates = random.Chance(RotateProbability);
            turns = 1 + random.Below(3);
        }
        return new ViewParameters
        {
            Crop = crop,
            Flip = flip,
            VerticalFlip = verticalFlip,
            QuarterTurns = rotates ? turns : 0,
            Jitter = jitters && strength > 0 ? jitter : null,
            Grayscale = gray,
            BlurSigma = blurs ? (float)sigma : 0,
            Solarize = solarizes,
        };
    }

    // torchvision's RandomResizedCrop: uniform area, log-uniform aspect ratio. After ten failures: the largest centre crop with an allowed
    // aspect ratio.
    private CropBox DrawCrop(int width, int height, CounterRandom random)
    {
        double area = (double)width * height, logAspect = Math.Log(MaxAspect);
        for (int i = 0; i < CropTries; i++)
        {
            double target = area * random.Uniform(MinScale, MaxScale);
            double aspect = Math.Exp(random.Uniform(-logAspect, logAspect));
            int w = (int)Math.Round(Math.Sqrt(target * aspect)), h = (int)Math.Round(Math.Sqrt(target / aspect));
            ulong place = random.NextBits();
            if (w < 1 || h < 1 || w > width || h > height) continue;
            int left =
                (int)((place >> 32) * (ulong)(width - w + 1) >> 32), top = (int)((place & 0xffffffff) * (ulong)(height - h + 1) >> 32);
            return new CropBox(left, top, w, h);
        }

        double whole = (double)width / height;
        int cropWidth = whole > MaxAspect ? (int)Math.Round(height * MaxAspect) : width;
        int cropHeight = whole < 1 / MaxAspect ? (int)Math.Round(width * MaxAspect) : height;
        return new CropBox((width - cropWidth) / 2, (height - cropHeight) / 2, cropWidth, cropHeight);
    }

    private static ColorJitter DrawJitter(double strength, ref CounterRandom random)
    {
        int order = 0, left = 0b11_10_01_00;
        for (int position = 0; position < 4; position++)
        {
            int pick = 2 * random.Below(4 - position);
            order |= (left >> pick & 3) << (2 * position);
            left = left & ((1 << pick) - 1) | left >> (pick + 2) << pick;
        }
        double low = Math.Max(0, 1 - 0.8 * strength), high = 1 + 0.8 * strength, hue = Math.Min(0.5, 0.2 * strength);
        return new ColorJitter((byte)order, (float)random.Uniform(low, high), (float)random.Uniform(low, high),
            (float)random.Uniform(low, high), (float)random.Uniform(-hue, hue));
    }
}
