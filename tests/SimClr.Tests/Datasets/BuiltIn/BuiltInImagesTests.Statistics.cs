using System.Security.Cryptography;
using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

public sealed partial class BuiltInImagesTests
{
    [Fact]
    public void Pixels_and_mean_colours_hardly_predict_the_class_and_texture_statistics_do()
    {
        var pixels = KnnAccuracy(image => [.. image.Pixels.ToArray().Select(value => (double)value)]);
        var colour = NearestClassMeanAccuracy(MeanColour);
        var texture = KnnAccuracy(TextureStatistics);

        pixels.ShouldBeLessThan(0.15); // chance is 1/12
        colour.ShouldBeLessThan(0.15);
        texture.ShouldBeGreaterThan(0.8);
    }

    private static HashSet<string> Hashes(BuiltInImages data) =>
        [.. Enumerable.Range(0, data.Count).Select(i => Convert.ToHexString(SHA256.HashData(data.Read(i).Pixels.Span)))];

    private static double KnnAccuracy(Func<DecodedImage, double[]> feature)
    {
        var known = Features(Train, feature);
        var right = Features(Test, feature).Where((query, i) =>
            Enumerable.Range(0, known.Length).OrderBy(j => SquaredDistance(query, known[j])).Take(10)
                .CountBy(Train.Label).MaxBy(pair => pair.Value).Key == Test.Label(i)).Count();
        return right / (double)Test.Count;
    }

    private static double NearestClassMeanAccuracy(Func<DecodedImage, double[]> feature)
    {
        var means = Features(Train, feature).Index().GroupBy(item => Train.Label(item.Index), item => item.Item)
            .OrderBy(group => group.Key).Select(Mean).ToArray();
        var right = Features(Test, feature).Where((query, i) => means.Index().MinBy(mean => SquaredDistance(query, mean.Item)).Index == Test.Label(i)).Count();
        return right / (double)Test.Count;
    }

    private static double[][] Features(BuiltInImages data, Func<DecodedImage, double[]> feature) =>
        [.. Enumerable.Range(0, data.Count).Select(i => feature(data.Read(i)))];

    private static double[] Mean(IEnumerable<double[]> rows)
    {
        var all = rows.ToArray();
        return [.. Enumerable.Range(0, all[0].Length).Select(j => all.Average(row => row[j]))];
    }

    private static double SquaredDistance(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }

    private static double[] MeanColour(DecodedImage image)
    {
        var sums = new double[3];
        for (var i = 0; i < image.Pixels.Length; i++) sums[i % 3] += image.Pixels.Span[i];
        return sums;
    }

    private static double[] Luma(DecodedImage image)
    {
        var pixels = image.Pixels.Span;
        var luma = new double[image.Width * image.Height];
        for (var i = 0; i < luma.Length; i++) luma[i] = (0.299 * pixels[i * 3]) + (0.587 * pixels[(i * 3) + 1]) + (0.114 * pixels[(i * 3) + 2]);
        return luma;
    }

    private static double Correlation(double[] a, double[] b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        return a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum()
            / Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB)));
    }

    /// <summary>
    /// Statistics that are invariant to colour, direction and the sign of the contrast: the magnitudes of the Fourier series of the
    /// histogram of gradient directions (two-fold, four-fold, six-fold … symmetry), and the frequency of each number of transitions on
    /// circles of several radii around a pixel (edges, corners, blobs).
    /// </summary>
    private static double[] TextureStatistics(DecodedImage image)
    {
        var luma = Luma(image);
        var side = image.Width;
        var cosines = new double[9];
        var sines = new double[9];
        for (var y = 1; y < side - 1; y++)
        {
            for (var x = 1; x < side - 1; x++)
            {
                var at = (y * side) + x;
                var (dx, dy) = (luma[at + 1] - luma[at - 1], luma[at + side] - luma[at - side]);
                var (weight, angle) = ((dx * dx) + (dy * dy), Math.Atan2(dy, dx));
                for (var k = 0; k < cosines.Length; k++)
                {
                    cosines[k] += weight * Math.Cos(2 * k * angle);
                    sines[k] += weight * Math.Sin(2 * k * angle);
                }
            }
        }

        var features = new List<double>();
        for (var k = 1; k < cosines.Length; k++) features.Add(Math.Sqrt((cosines[k] * cosines[k]) + (sines[k] * sines[k])) / cosines[0]);
        foreach (var radius in new[] { 1.5, 2.5, 3.5, 4.5 }) features.AddRange(Transitions(luma, side, radius));
        return [.. features];
    }

    private static double[] Transitions(double[] luma, int side, double radius)
    {
        const int Points = 16;
        var circle = Enumerable.Range(0, Points).Select(p => 2 * Math.PI * p / Points)
            .Select(angle => ((int)Math.Round(radius * Math.Sin(angle)) * side) + (int)Math.Round(radius * Math.Cos(angle))).ToArray();
        var counts = new double[5];
        var border = (int)Math.Ceiling(radius);
        var threshold = luma.Average();
        for (var y = border; y < side - border; y++)
        {
            for (var x = border; x < side - border; x++)
            {
                var transitions = 0;
                var before = luma[(y * side) + x + circle[^1]] > threshold;
                foreach (var offset in circle)
                {
                    var now = luma[(y * side) + x + offset] > threshold;
                    if (now != before) transitions++;
                    before = now;
                }

                counts[Math.Min(transitions / 2, counts.Length - 1)] += 1;
            }
        }

        var all = counts.Sum();
        return [.. counts.Select(count => count / all)];
    }
}
