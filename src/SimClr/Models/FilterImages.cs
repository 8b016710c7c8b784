using SimClr.Images;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>Pictures of the filters in an encoder's first convolution.</summary>
public static class FilterImages
{
    /// <summary>
    /// Draws every filter. Its largest absolute weight becomes 0 or 255, a weight of 0 becomes gray. Of more than three channels the first
    /// three are shown.
    /// </summary>
    /// <param name="encoder">Borrowed.</param>
    /// <returns>A picture of k × k pixels per output channel; empty for an encoder without a convolution.</returns>
    public static IReadOnlyList<DecodedImage> Of(nn.Module encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using var scope = NewDisposeScope();
        if (encoder.parameters().FirstOrDefault(p => p.dim() == 4) is not { } first) return [];
        int side = (int)first.shape[^1];
        var weight = first.detach().cpu().to(ScalarType.Float32);                                       // (K, C, k, k)
        var scaled = weight / weight.abs().amax([1, 2, 3], keepdim: true).clamp_min(1e-12) * 127.5 + 127.5;
        // as in DecodedImage.ToRgb
        scaled = scaled.index_select(1, tensor((long[])[.. Enumerable.Range(0, 3).Select(i => Math.Min(i, scaled.shape[1] - 1))]));
        float[] values = scaled.permute(0, 2, 3, 1).contiguous().data<float>().ToArray();               // (K, k, k, 3)
        return [.. values.Chunk(3 * side * side)
            .Select(filter => new DecodedImage(Array.ConvertAll(filter, v => (byte)Math.Clamp(MathF.Round(v), 0, 255)), side, side))];
    }
}
