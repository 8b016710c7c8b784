using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Floats = System.Runtime.Intrinsics.Vector512<float>;

namespace SimClr.Models;

/// <summary>
/// The transforms of F(4×4, 3×3) (Lavin and Gray 2015). For an input tile d of 6 × 6, a filter g and an output tile of 4 × 4, y = Aᵀ[(G g
/// Gᵀ) ⊙ (Bᵀ d B)]A takes 36 multiplications. The convolution takes 144.
/// </summary>
/// <remarks>
/// The points of interpolation are 0, ±1/√2, ±√2 and ∞ instead of the usual 0, ±1, ±2, ∞. Their powers grow and shrink evenly, which halves
/// the error. Every method here processes all channels of a tile, sixteen at a time. The 36 positions are <c>position</c> floats apart, in
/// panels of <see cref="PanelMatmul.Width"/> channels that are <c>panel</c> floats apart.
/// </remarks>
[SkipLocalsInit] // every value of its buffers is written before it is read
internal static unsafe partial class Winograd
{
    public const int Positions = 36;

    private const int Lanes = 16;

    // d holds the 6 × 6 pixels of the tile and its border. If lines is null, they are taken as they are. Otherwise lines holds mean, scale
    // and shift as in BatchNormKernels, each of width floats, and d is max(0, (x − mean)·scale + shift). d is 0 for the pixels beyond the
    // image, which all point to outside.
    /// <summary>Bᵀ d B. <paramref name="pixels"/>: the 6 × 6 pixels of the tile and its border.</summary>
    public static void Input(float** pixels, int channels, float* to, nint position, nint panel, float* lines, int width, float* outside)
    {
        float* half = stackalloc float[Positions * Lanes], normal = stackalloc float[Positions * Lanes];
        float** d = stackalloc float*[Positions];
        for (int c = 0; c < channels; c += Lanes)
        {
            if (lines == null)
            {
                for (int i = 0; i < Positions; i++) d[i] = pixels[i] + c;
            }
            else
            {
                Normalize(pixels, c, lines + c, width, outside, normal, d);
            }
            for (int x = 0; x < 6; x++)
                InputLine(Load(d[x]), Load(d[x + 6]), Load(d[x + 12]), Load(d[x + 18]), Load(d[x + 24]),
                    Load(d[x + 30]), half + x * Lanes, 6 * Lanes);
            float* place = At(to, c, panel);
            for (int y = 0; y < 6; y++)
            {
                float* row = half + y * 6 * Lanes;
                InputLine(Load(row), Load(row + Lanes), Load(row + 2 * Lanes), Load(row + 3 * Lanes),
                    Load(row + 4 * Lanes), Load(row + 5 * Lanes), place + y * 6 * position, position);
            }
        }
    }

    /// <summary>
    /// Aᵀ m A, the output; then optionally + bias, + residual and ReLU. <paramref name="pixels"/>: the 4 × 4 pixels of the tile.
    /// </summary>
    public static void Output(float* from, nint position, nint panel, int channels, float** pixels,
        float* bias, float** residual, bool relu)
    {
        float* half = stackalloc float[4 * 6 * Lanes], full = stackalloc float[4 * 4 * Lanes];
        for (int c = 0; c < channels; c += Lanes)
        {
            float* place = At(from, c, panel);
            for (int x = 0; x < 6; x++) OutputLine(place + x * position, 6 * position, half + x * Lanes, 6 * Lanes);
            for (int y = 0; y < 4; y++) OutputLine(half + y * 6 * Lanes, Lanes, full + y * 4 * Lanes, Lanes);

            var shift = bias == null ? Floats.Zero : Load(bias + c);
            for (int i = 0; i < 16; i++)
            {
                var value = Load(full + i * Lanes) + shift;
                if (residual != null) value += Load(residual[i] + c);
                if (relu) value = Vector512.Max(value, Floats.Zero);
                value.Store(pixels[i] + c);
            }
        }
    }

    /// <summary>
    /// A δ Aᵀ of the gradient δ of the output: the transpose of <see cref="Output"/>. <paramref name="pixels"/>: the 4 × 4 pixels of the
    /// tile.
    /// </summary>
    public static void OutputGradient(float** pixels, int channels, float* to, nint position, nint panel)
    {
        float* half = stackalloc float[6 * 4 * Lanes];
        for (int c = 0; c < channels; c += Lanes)
        {
            for (int x = 0; x < 4; x++)
                GradientLine(Load(pixels[x] + c), Load(pixels[x + 4] + c), Load(pixels[x + 8] + c),
                    Load(pixels[x + 12] + c), half + x * Lanes, 4 * Lanes);
            float* place = At(to, c, panel);
            for (int y = 0; y < 6; y++)
            {
                float* row = half + y * 4 * Lanes;
                GradientLine(Load(row), Load(row + Lanes), Load(row + 2 * Lanes), Load(row + 3 * Lanes),
                    place + y * 6 * position, position);
            }
        }
    }

    /// <summary>G g Gᵀ of a row of filters (3, 3, channels). The taps are <paramref name="tap"/> floats apart.</summary>
    public static void Filter(float* filters, nint tap, int channels, float* to, nint position, nint panel)
    {
        float* half = stackalloc float[6 * 3 * Lanes];
        for (int c = 0; c < channels; c += Lanes)
        {
            for (int x = 0; x < 3; x++) FilterLine(filters + c + x * tap, 3 * tap, half + x * Lanes, 3 * Lanes);
            float* place = At(to, c, panel);
            for (int y = 0; y < 6; y++) FilterLine(half + y * 3 * Lanes, Lanes, place + y * 6 * position, position);
        }
    }

    /// <summary>Gᵀ γ G of the gradient γ at the 36 positions: the transpose of <see cref="Filter"/>.</summary>
    public static void FilterGradient(float* from, nint position, nint panel, int channels, float* filters, nint tap)
    {
        float* half = stackalloc float[3 * 6 * Lanes];
        for (int c = 0; c < channels; c += Lanes)
        {
            float* place = At(from, c, panel);
            for (int x = 0; x < 6; x++) FilterGradientLine(place + x * position, 6 * position, half + x * Lanes, 6 * Lanes);
            for (int y = 0; y < 3; y++) FilterGradientLine(half + y * 6 * Lanes, Lanes, filters + c + y * 3 * tap, tap);
        }
    }

    // Computes as BatchNormKernels.Normalize does, to the last bit.
    private static void Normalize(float** pixels, int channel, float* lines, int width, float* outside, float* normal, float** d)
    {
        Floats mean = Load(lines), scale = Load(lines + width), shift = Load(lines + 2 * width);
        for (int i = 0; i < Positions; i++)
        {
            d[i] = pixels[i] + channel;
            if (pixels[i] == outside) continue;
            var v = Vector512.FusedMultiplyAdd(Load(d[i]) - mean, scale, shift);
            d[i] = normal + i * Lanes;
            Vector512.ConditionalSelect(Vector512.LessThan(v, Floats.Zero), Floats.Zero, v).Store(d[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(float* tiles, int channel, nint panel) =>
        tiles + channel / PanelMatmul.Width * panel + channel % PanelMatmul.Width;
}
