using SimClr.Randomness;

namespace SimClr.Datasets;

public sealed partial class BuiltInImages
{
    private const int Supersamples = 3; // per side
    private const int Distractors = 3;

    /// <summary>Paints one image into (size, size, 3) bytes. The random draws do not depend on the pattern.</summary>
    private static void Paint(Func<double, double, double, bool> isInk, ulong key, int size, Span<byte> image)
    {
        var chance = CounterRandom.Of(key);
        var plane = new Plane(ref chance);
        var boldness = chance.NextDouble();
        var (ground, ink) = Colours(ref chance);
        Span<Distractor> distractors = stackalloc Distractor[Distractors];
        foreach (ref var distractor in distractors) distractor = new Distractor(ref chance);
        var (lightX, lightY, noise) = (chance.Uniform(-0.5, 0.5), chance.Uniform(-0.5, 0.5), chance.Uniform(2, 12));

        var side = 1.0 / size; // the side of a pixel
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column < size; column++)
            {
                var (x, y) = (((column + 0.5) * side) - 0.5, ((row + 0.5) * side) - 0.5);
                var colour = Colour.Mix(ground, ink, Coverage(isInk, in plane, boldness, x, y, side));
                foreach (ref readonly var distractor in distractors) colour = distractor.Over(colour, x, y, size);
                var light = 1 + (lightX * x) + (lightY * y);
                var pixel = image.Slice(((row * size) + column) * 3, 3);
                pixel[0] = Byte((colour.R * light) + Noise(ref chance, noise));
                pixel[1] = Byte((colour.G * light) + Noise(ref chance, noise));
                pixel[2] = Byte((colour.B * light) + Noise(ref chance, noise));
            }
        }
    }

    /// <summary>The share of ink in the pixel around (x, y): antialiasing by the mean over a grid of points.</summary>
    private static double Coverage(
        Func<double, double, double, bool> isInk, ref readonly Plane plane, double boldness, double x, double y, double side)
    {
        const double Step = 1.0 / Supersamples, Middle = 0.5 * (Supersamples - 1);
        var inked = 0;
        for (var j = 0; j < Supersamples; j++)
        {
            for (var i = 0; i < Supersamples; i++)
            {
                var (u, v) = plane.At(x + ((i - Middle) * Step * side), y + ((j - Middle) * Step * side));
                if (isInk(u, v, boldness)) inked++;
            }
        }

        return inked * Step * Step;
    }

    /// <summary>Two random colours whose luma differs by 70 to 170; either may be the lighter one.</summary>
    private static (Colour Ground, Colour Ink) Colours(ref CounterRandom chance)
    {
        while (true)
        {
            var (one, other) = (new Colour(ref chance), new Colour(ref chance));
            if (Math.Abs(one.Luma - other.Luma) is > 70 and < 170) return (one, other);
        }
    }

    /// <summary>A sum of three uniform numbers: nearly normal, and the same on every machine.</summary>
    private static double Noise(ref CounterRandom chance, double deviation) =>
        deviation * (chance.Uniform(-1, 1) + chance.Uniform(-1, 1) + chance.Uniform(-1, 1));

    private static byte Byte(double value) => (byte)(Math.Clamp(value, 0, 255) + 0.5);

    private readonly record struct Colour(double R, double G, double B)
    {
        public Colour(ref CounterRandom chance) : this(chance.Uniform(0, 255), chance.Uniform(0, 255), chance.Uniform(0, 255))
        {
        }

        public double Luma => (0.299 * R) + (0.587 * G) + (0.114 * B);

        public static Colour Mix(Colour from, Colour to, double part) =>
            new(from.R + ((to.R - from.R) * part), from.G + ((to.G - from.G) * part), from.B + ((to.B - from.B) * part));
    }

    /// <summary>Maps a point of the picture, in [−½, ½]², to the pattern: rotated, scaled, bent, tilted, shifted.</summary>
    private readonly struct Plane
    {
        private readonly double cosine, sine, scaleU, scaleV, bendU, bendV, tilt, shiftU, shiftV;

        public Plane(ref CounterRandom chance)
        {
            var angle = chance.Uniform(0, 2 * Math.PI);
            (cosine, sine) = (Math.Cos(angle), Math.Sin(angle));
            var (periods, stretch) = (chance.Uniform(3.5, 5.5), chance.Uniform(0.9, 1.1));
            (scaleU, scaleV) = (periods * stretch, periods / stretch);
            (bendU, bendV) = (chance.Uniform(-0.35, 0.35), chance.Uniform(-0.35, 0.35));
            tilt = chance.Uniform(-0.4, 0.4);
            (shiftU, shiftV) = (chance.Uniform(-500, 500), chance.Uniform(-500, 500));
        }

        public (double U, double V) At(double x, double y)
        {
            var (s, t) = ((cosine * x) + (sine * y), (cosine * y) - (sine * x));
            var near = 1 / (1 + (tilt * s));
            return ((((s + (bendU * t * t)) * near) * scaleU) + shiftU, (((t + (bendV * s * s)) * near) * scaleV) + shiftV);
        }
    }

    /// <summary>Clutter: a disc or a bar in its own colour that hides part of the pattern.</summary>
    private readonly struct Distractor
    {
        private readonly Colour colour;
        private readonly double centreX, centreY, cosine, sine, length, width, opacity;

        public Distractor(ref CounterRandom chance)
        {
            colour = new Colour(ref chance);
            (centreX, centreY) = (chance.Uniform(-0.5, 0.5), chance.Uniform(-0.5, 0.5));
            var angle = chance.Uniform(0, 2 * Math.PI);
            (cosine, sine) = (Math.Cos(angle), Math.Sin(angle));
            var bar = chance.NextDouble() < 0.5;
            length = bar ? chance.Uniform(0.1, 0.3) : 0;
            width = bar ? chance.Uniform(0.015, 0.04) : chance.Uniform(0.04, 0.1);
            opacity = chance.Uniform(0.6, 1);
        }

        public Colour Over(Colour below, double x, double y, int size)
        {
            var (s, t) = ((cosine * (x - centreX)) + (sine * (y - centreY)), (cosine * (y - centreY)) - (sine * (x - centreX)));
            s = Math.Max(Math.Abs(s) - length, 0);
            var outside = Math.Sqrt((s * s) + (t * t)) - width;
            return Colour.Mix(below, colour, opacity * Math.Clamp(0.5 - (outside * size), 0, 1));
        }
    }
}
