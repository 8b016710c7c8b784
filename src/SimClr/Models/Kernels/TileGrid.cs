namespace SimClr.Models;

/// <summary>
/// The tiles of 4 × 4 outputs that cover every image of a batch (N, H, W, C), row by row. At the right and bottom edge they may reach
/// beyond the image.
/// </summary>
/// <param name="Images">N.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
internal readonly record struct TileGrid(int Images, int Height, int Width)
{
    private int Rows => (Height + 3) / 4;

    private int Columns => (Width + 3) / 4;

    public int Count => Images * Rows * Columns;

    /// <summary>Writes pointers to the pixels of a square around a tile, row by row.</summary>
    /// <param name="tile">The tile, in [0, <see cref="Count"/>).</param>
    /// <param name="side">The side of the square, in pixels.</param>
    /// <param name="border">Rows above and columns left of the tile that belong to the square.</param>
    /// <param name="images">(N, H, W, C).</param>
    /// <param name="channels">C.</param>
    /// <param name="outside">C floats that stand for the pixels beyond the image.</param>
    /// <param name="pixels">Receives side² pointers.</param>
    public unsafe void Pixels(int tile, int side, int border, float* images, int channels, float* outside, float** pixels)
    {
        int place = tile % (Rows * Columns);
        int top = place / Columns * 4 - border, left = place % Columns * 4 - border;
        float* image = images + (nint)(tile / (Rows * Columns)) * Height * Width * channels;
        for (int y = top; y < top + side; y++)
        {
            for (int x = left; x < left + side; x++)
                *pixels++ = (uint)y < (uint)Height && (uint)x < (uint)Width ? image + ((nint)y * Width + x) * channels : outside;
        }
    }
}
