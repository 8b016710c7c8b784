using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Tests.Views;

public sealed class ViewPolicyTests
{
    private static IEnumerable<ViewParameters> Draws(ViewPolicy policy, int count, int width = 100, int height = 80, int size = 96) =>
        Enumerable.Range(0, count).Select(i => policy.Draw(width, height, size, new CounterRandom(1, 0, i, 0)));

    [Fact]
    public void A_view_is_a_function_of_seed_epoch_image_and_view()
    {
        var policy = new ViewPolicy();
        ViewParameters At(long seed, int epoch, int image, int view) => policy.Draw(64, 48, 32, new CounterRandom(seed, epoch, image, view));

        At(1, 2, 3, 0).ShouldBe(At(1, 2, 3, 0));
        ViewParameters[] others = [At(2, 2, 3, 0), At(1, 3, 3, 0), At(1, 2, 4, 0), At(1, 2, 3, 1), At(2, 1, 3, 0), At(3, 2, 1, 0)];
        others.Append(At(1, 2, 3, 0)).Distinct().Count().ShouldBe(others.Length + 1);
    }

    // Runs resume from checkpoints and ranks share a data set, which requires that these numbers never change.
    [Fact]
    public void Drawn_parameters_never_change_by_a_bit()
    {
        ViewPolicy[] policies = [new(), new() { MinScale = 0.2, MaxScale = 0.9, MaxAspect = 2.5, ColorStrength = 2, BlurProbability = 0.3, SolarizeProbability = 0.2 }];
        (int, int, int)[] sizes = [(32, 32, 32), (96, 96, 96), (500, 375, 224), (300, 200, 224), (1000, 90, 64), (1, 1, 32)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var policy in policies)
        {
            foreach (var (width, height, size) in sizes)
            {
                for (int i = 0; i < 1000; i++)
                {
                    var view = policy.Draw(width, height, size, new CounterRandom(3, i % 7, i, i % 2));
                    var jitter = view.Jitter ?? default;
                    hash.AppendData(MemoryMarshal.AsBytes<int>([view.Crop.Left, view.Crop.Top, view.Crop.Width, view.Crop.Height, view.Flip ? 1 : 0, view.Jitter.HasValue ? 1 : 0, jitter.Order, view.Grayscale ? 1 : 0, view.Solarize ? 1 : 0]));
                    hash.AppendData(MemoryMarshal.AsBytes<float>([jitter.Brightness, jitter.Contrast, jitter.Saturation, jitter.Hue, view.BlurSigma]));
                }
            }
        }
        Convert.ToHexStringLower(hash.GetHashAndReset()).ShouldBe("7e90362acc67ea6517e853b9a38a1f613ed206e862320fa6006b8d5aad95ee45");
    }

    [Fact]
    public void Crops_are_inside_the_image_and_keep_area_and_aspect()
    {
        foreach (var view in Draws(new ViewPolicy { MinScale = 0.2 }, 5000))
        {
            var crop = view.Crop;
            (crop.Left >= 0 && crop.Top >= 0 && crop.Left + crop.Width <= 100 && crop.Top + crop.Height <= 80).ShouldBeTrue();
            ((double)crop.Width * crop.Height / 8000).ShouldBeInRange(0.2 - 0.02, 1);
            ((double)crop.Width / crop.Height).ShouldBeInRange(0.75 - 0.05, 4.0 / 3 + 0.05);
        }
    }

    [Fact]
    public void Area_is_uniform_and_aspect_log_uniform()
    {
        // Every draw fits: crops of at most a quarter of the area of a large image.
        var crops = Draws(new ViewPolicy { MinScale = 0.05, MaxScale = 0.25 }, 20000, 1000, 1000).Select(v => v.Crop).ToList();
        crops.Average(c => c.Width * c.Height / 1e6).ShouldBe(0.15, 0.002);
        crops.Average(c => Math.Log((double)c.Width / c.Height)).ShouldBe(0, 0.004);
        crops.Average(c => Math.Pow(Math.Log((double)c.Width / c.Height), 2)).ShouldBe(Math.Pow(Math.Log(4.0 / 3), 2) / 3, 0.002);
        crops.Average(c => (double)c.Left / (1000 - c.Width)).ShouldBe(0.5, 0.01);
        crops.Average(c => (double)c.Top / (1000 - c.Height)).ShouldBe(0.5, 0.01);
    }

    [Fact]
    public void Choices_follow_their_probabilities_and_factors_their_ranges()
    {
        var views = Draws(new ViewPolicy { FlipProbability = 0.3, ColorStrength = 1, BlurProbability = 0.5, SolarizeProbability = 0.1 }, 20000).ToList();
        views.Average(v => v.Flip ? 1 : 0).ShouldBe(0.3, 0.015);
        Draws(new ViewPolicy(), 20000).Average(v => v.Flip ? 1 : 0).ShouldBe(0.5, 0.015);
        views.Average(v => v.Jitter.HasValue ? 1 : 0).ShouldBe(0.8, 0.015);
        views.Average(v => v.Grayscale ? 1 : 0).ShouldBe(0.2, 0.015);
        views.Average(v => v.BlurSigma > 0 ? 1 : 0).ShouldBe(0.5, 0.015);
        views.Average(v => v.Solarize ? 1 : 0).ShouldBe(0.1, 0.015);

        var jitters = views.Where(v => v.Jitter.HasValue).Select(v => v.Jitter!.Value).ToList();
        jitters.Min(j => j.Brightness).ShouldBeInRange(0.2f, 0.21f);
        jitters.Max(j => j.Contrast).ShouldBeInRange(1.79f, 1.8f);
        jitters.Average(j => j.Saturation).ShouldBe(1, 0.02);
        jitters.Min(j => j.Hue).ShouldBeInRange(-0.2f, -0.199f);
        var sigmas = views.Where(v => v.BlurSigma > 0).Select(v => v.BlurSigma).ToList();
        sigmas.Min().ShouldBeInRange(0.1f, 0.11f);
        sigmas.Max().ShouldBeInRange(1.99f, 2f);
    }

    [Fact]
    public void All_24_orders_of_the_four_operations_are_equally_likely()
    {
        var orders = Draws(new ViewPolicy { JitterProbability = 1 }, 24000).Select(v => v.Jitter!.Value).ToList();
        foreach (var jitter in orders)
            Enumerable.Range(0, 4).Select(jitter.Operation).Order().ShouldBe([0, 1, 2, 3]);
        var counts = orders.CountBy(j => j.Order).ToList();
        counts.Count.ShouldBe(24);
        counts.ShouldAllBe(c => c.Value > 850 && c.Value < 1150);
    }

    [Fact]
    public void Changing_one_probability_does_not_change_the_other_choices()
    {
        var plain = Draws(new ViewPolicy { JitterProbability = 0, GrayscaleProbability = 0 }, 100).ToList();
        var gray = Draws(new ViewPolicy { GrayscaleProbability = 1 }, 100).ToList();
        plain.Select(v => (v.Crop, v.Flip, v.BlurSigma)).ShouldBe(gray.Select(v => (v.Crop, v.Flip, v.BlurSigma)));
    }

    [Fact]
    public void Vertical_flips_and_rotations_follow_their_probabilities_and_change_nothing_else()
    {
        var plain = Draws(new ViewPolicy { SolarizeProbability = 0.5 }, 20000).ToList();
        plain.ShouldAllBe(v => !v.VerticalFlip && v.QuarterTurns == 0);
        var turned = Draws(new ViewPolicy { SolarizeProbability = 0.5, VerticalFlipProbability = 0.3, RotateProbability = 0.6 }, 20000).ToList();
        turned.Average(v => v.VerticalFlip ? 1 : 0).ShouldBe(0.3, 0.015);
        for (int turns = 1; turns <= 3; turns++) turned.Average(v => v.QuarterTurns == turns ? 1 : 0).ShouldBe(0.2, 0.015);
        turned.Average(v => v.VerticalFlip && v.QuarterTurns > 0 ? 1 : 0).ShouldBe(0.18, 0.015); // independent of each other
        turned.Select(v => v with { VerticalFlip = false, QuarterTurns = 0 }).ShouldBe(plain);
    }

    [Fact]
    public void Small_views_have_no_blur_and_half_the_jitter_by_default()
    {
        var small = new ViewPolicy().For(32);
        (small.ColorStrength, small.BlurProbability).ShouldBe((0.5, 0));
        var large = new ViewPolicy().For(96);
        (large.ColorStrength, large.BlurProbability).ShouldBe((1, 0.5));
        new ViewPolicy { BlurProbability = 0.3 }.For(32).BlurProbability.ShouldBe(0.3);
    }

    [Fact]
    public void An_image_too_long_for_any_crop_gives_its_centre()
    {
        var policy = new ViewPolicy { MinScale = 1, MaxScale = 1 };
        policy.Draw(1000, 10, 32, new CounterRandom(0, 0, 0, 0)).Crop.ShouldBe(new CropBox(493, 0, 13, 10));
        policy.Draw(10, 1000, 32, new CounterRandom(0, 0, 0, 0)).Crop.ShouldBe(new CropBox(0, 493, 10, 13));
        new ViewPolicy().Draw(1, 1, 32, new CounterRandom(0, 0, 0, 0)).Crop.ShouldBe(new CropBox(0, 0, 1, 1));
    }

    [Fact]
    public void The_view_of_evaluation_is_the_middle_square()
    {
        new Preprocessing { ImageSize = 32 }.CenterCrop(32, 32).ShouldBe(new CropBox(0, 0, 32, 32));
        new Preprocessing { ImageSize = 32 }.CenterCrop(40, 32).ShouldBe(new CropBox(4, 0, 32, 32));
        new Preprocessing { ImageSize = 224 }.CenterCrop(341, 256).ShouldBe(new CropBox(58, 16, 224, 224));
        new Preprocessing { ImageSize = 224 }.CenterCrop(224, 224).ShouldBe(new CropBox(0, 0, 224, 224));
    }

    [Fact]
    public void Values_out_of_range_are_reported()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new ViewPolicy { MinScale = 0 }.Validate()).Message.ShouldContain("MinScale");
        Should.Throw<ArgumentOutOfRangeException>(() => new ViewPolicy { FlipProbability = 1.5 }.Validate()).Message.ShouldContain("1.5");
        Should.Throw<ArgumentOutOfRangeException>(() => new ViewPolicy { VerticalFlipProbability = -0.5 }.Validate()).Message.ShouldContain("VerticalFlipProbability must lie in [0, 1]");
        Should.Throw<ArgumentOutOfRangeException>(() => new ViewPolicy { RotateProbability = double.NaN }.Validate()).Message.ShouldContain("RotateProbability must lie in [0, 1]");
        Should.Throw<ArgumentOutOfRangeException>(() => new ViewPolicy { ColorStrength = double.NaN }.Validate());
        Should.Throw<ArgumentOutOfRangeException>(() => new Preprocessing { StandardDeviation = [1, 0, 1] }.Validate());
    }
}
