using SimClr.Images;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>
/// The antialiased resizing of <see cref="FilterTaps"/> for many crops at once. Every crop is copied out of its image into a rectangle of
/// the largest size. Two products with matrices of weights, for the lines and for the columns, give the view.
/// </summary>
internal static class TensorResampler
{
    /// <summary>Resizes the crops, and mirrors and transposes them as their parameters say.</summary>
    /// <param name="images">Borrowed.</param>
    /// <param name="views">The V views.</param>
    /// <param name="filter">The filter. The cubic one can leave [0, 1].</param>
    /// <param name="size">S.</param>
    /// <returns>(V, C, S, S) float32; owned by the caller.</returns>
    public static Tensor Resize(PackedImages images, ViewParameterTensors views, Interpolation filter, int size)
    {
        using var scope = NewDisposeScope();
        int n = views.Count, channels = images.Channels;
        var (width, height) = views.Largest;
        var columns = arange(size, float64, images.Pixels.device).unsqueeze(0); // (1, S)
        var mirrored = views[ViewParameterTensors.Row.Mirrored].unsqueeze(1); // (V, 1)
        var lines =
            views.HasUpsideDown ? columns + views[ViewParameterTensors.Row.UpsideDown].unsqueeze(1) * (size - 1 - 2 * columns) : columns;
        var down = Weights(views[ViewParameterTensors.Row.Height], height, lines, size, filter).mul_(1.0 / 255); // (V, S, H)
        // (V, S, W)
        var along = Weights(views[ViewParameterTensors.Row.Width], width, columns + mirrored * (size - 1 - 2 * columns), size, filter);
        var x = down.bmm(Crops(images, views, width, height)); // (V, S, CW)
        // (V, CS, S)
        x = x.reshape(n, size, width, channels).permute(0, 3, 1, 2).reshape(n, channels * size, width).bmm(along.transpose(1, 2));
        x = x.reshape(n, channels, size, size);
        if (views.Transposed.numel() > 0) x.index_copy_(0, views.Transposed, x.index_select(0, views.Transposed).transpose(2, 3));
        return x.MoveToOuterDisposeScope();
    }

    // (V, H, CW) float32 in [0, 255]. Beyond a crop its last line and last values are repeated; their weight is 0.
    private static Tensor Crops(PackedImages images, ViewParameterTensors views, int width, int height)
    {
        using var scope = NewDisposeScope();
        var pixels = images.Pixels;
        var start = views[ViewParameterTensors.Row.Start].to(int64).reshape(-1, 1, 1);
        var stride = views[ViewParameterTensors.Row.Stride].to(int64).reshape(-1, 1, 1);
        var lines = arange(height, int64, pixels.device).reshape(1, -1, 1)
            .minimum(views[ViewParameterTensors.Row.Height].to(int64).reshape(-1, 1, 1) - 1);
        var values = arange(images.Channels * width, int64, pixels.device).reshape(1, 1, -1)
            .minimum(views[ViewParameterTensors.Row.Width].to(int64).reshape(-1, 1, 1) * images.Channels - 1);
        return pixels.take(lines * stride + start + values).to(float32).MoveToOuterDisposeScope();
    }

    // (V, S, L): row o has the weights of a line's cells i in output o, with sum 1. Cells beyond the line's own length have weight 0.
    private static Tensor Weights(Tensor lengths, int longest, Tensor outputs, int size, Interpolation filter)
    {
        using var scope = NewDisposeScope();
        var scale = (lengths / size).unsqueeze(1);                                                                              // (V, 1)
        var center = scale * (outputs + 0.5); // (V, S) float64
        var whole = center.floor();
        var cells = arange(longest, float32, lengths.device).reshape(1, 1, -1);
        // The distances of the cells from the centre. The large part is an integer, and exact in float32.
        var x = (cells - whole.to(float32).unsqueeze(2) + (whole - center + 0.5).to(float32).unsqueeze(2))
            / scale.clamp_min(1).to(float32).unsqueeze(2);
        var weights = Filter(filter, x.abs_()) * cells.lt(lengths.to(float32).reshape(-1, 1, 1));
        return (weights / weights.sum(2, keepdim: true)).MoveToOuterDisposeScope();

    }

    private static Tensor Filter(Interpolation filter, Tensor x)
    {
        if (filter == Interpolation.Bilinear) return (1 - x).clamp_min_(0);
        const double A = -0.5;
        var near = ((A + 2) * x - (A + 3)) * x * x + 1;
        var far = (((x - 5) * x + 8) * x - 4) * A;
        return where(x.lt(1), near, where(x.lt(2), far, zeros_like(x)));
    }
}
