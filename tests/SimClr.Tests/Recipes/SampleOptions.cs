namespace SimClr.Tests.Recipes;

public enum SampleKind
{
    Plain,
    LargeBatch,
}

public sealed record SampleOptions
{
    public int BatchSize { get; init; } = 256;
    public long ImageCount { get; init; } = 5_000_000_000;
    public ulong Seed { get; init; } = 1;
    public double Temperature { get; init; } = 0.5;
    public float WeightDecay { get; init; } = 1e-6f;
    public bool DropLast { get; init; } = true;
    public string Data { get; init; } = "builtin";
    public string? Output { get; init; }
    public SampleKind Kind { get; init; } = SampleKind.LargeBatch;
    public SampleKind? OtherKind { get; init; }
    public int? Width { get; init; }
    public double? Blur { get; init; } = 0.1;
    public IReadOnlyList<int> Sizes { get; init; } = [512, 128];
    public double[] Scales { get; init; } = [0.08, 1];
    public IReadOnlyList<string>? Names { get; init; }
    public SampleViews Views { get; init; } = SampleViews.Strong with { Flip = 0.25 };
    public int Doubled => 2 * BatchSize;
}

public sealed record SampleViews
{
    public static SampleViews Strong { get; } = new() { ColorStrength = 1 };

    private readonly int crop = 224;

    public double ColorStrength { get; init; } = 0.5;
    public double Flip { get; init; } = 0.5;
    public int Crop
    {
        get => crop;
        init => crop = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A crop has at least one pixel.");
    }
    public SampleBlur Blur { get; init; } = new();

    public void Validate()
    {
        if (ColorStrength is < 0 or > 2) throw new ArgumentOutOfRangeException(nameof(ColorStrength), ColorStrength, "The strength lies in [0, 2].");
        if (Flip + Blur.Probability > 1.5) throw new ArgumentException("Flip and blur together are too much.");
    }
}

public sealed record SampleBlur
{
    public double Probability { get; init; } = 0.5;

    public void Validate() => ArgumentOutOfRangeException.ThrowIfGreaterThan(Probability, 1, nameof(Probability));
}
