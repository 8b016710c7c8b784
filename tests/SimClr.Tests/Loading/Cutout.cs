using SimClr.Randomness;
using SimClr.Rendering;
using TorchSharp;

namespace SimClr.Tests.Loading;

// A literal copy of the class in samples/OwnAugmentation.cs; AugmentationsTests compare the two.
/// <summary>
/// Fills a square at a random position, possibly partly outside the view, with 0.5, the middle gray (the paper: 0 after normalisation).
/// </summary>
/// <param name="length">The square's side in pixels.</param>
internal sealed class Cutout(int length) : ITensorAugmentation
{
    public string Name => $"cutout {length}";

    public int Numbers => 2; // the square's middle, as shares of the view's height and width

    public void Draw(CounterRandom random, Span<float> numbers) => (numbers[0], numbers[1]) = ((float)random.NextDouble(), (float)random.NextDouble());

    public void Apply(Span<float> planes, int channels, int side, ReadOnlySpan<float> numbers)
    {
        int top = (int)(numbers[0] * side) - length / 2, left = (int)(numbers[1] * side) - length / 2;
        int from = Math.Max(left, 0), to = Math.Min(left + length, side);
        for (int row = 0; row < channels * side; row++)
            if (row % side >= top && row % side < top + length) planes[(row * side + from)..(row * side + to)].Fill(0.5f);
    }

    public torch.Tensor Apply(torch.Tensor views, torch.Tensor numbers)
    {
        long side = views.shape[3];
        var first = (numbers * side).floor() - length / 2; // (N, 2)
        var distance = torch.arange(side, device: views.device) - first.unsqueeze(2); // (N, 2, S)
        var inside = distance.ge(0).logical_and(distance.lt(length));
        var rows = inside.narrow(1, 0, 1).unsqueeze(3); // (N, 1, S, 1)
        var columns = inside.narrow(1, 1, 1).unsqueeze(2); // (N, 1, 1, S)
        return views.masked_fill(rows.logical_and(columns), 0.5);
    }
}
