namespace SimClr.Images;

/// <summary>
/// Antialiased bilinear resampling of bytes, as in Pillow and ATen's uint8 kernel: rows first, then columns, each rounded to bytes. The
/// weights are fixed-point numbers with as many bits as fit into 16. The bytes are the same on every machine, and equal those of
/// <c>interpolate(…, antialias: true)</c>.
/// </summary>
internal static class ByteResampler
{
    /// <summary>Resizes an image.</summary>
    /// <param name="image">Any number of channels.</param>
    /// <param name="width">In pixels, at least 1.</param>
    /// <param name="height">In pixels, at least 1.</param>
    public static DecodedImage Resize(DecodedImage image, int width, int height)
    {
        int channels = image.Channels;
        byte[] narrow = width == image.Width ? image.Pixels.ToArray() : new byte[(long)width * image.Height * channels];
        if (width != image.Width)
        {
            var taps = new Taps(image.Width, width);
            var from = image.Pixels.Span;
            for (int y = 0; y < image.Height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    for (int c = 0; c < channels; c++)
                        narrow[((long)y * width + x) * channels + c] = taps.Sum(x, from[(y * image.Width * channels + c)..], channels);
                }
            }
        }
        if (height == image.Height) return new DecodedImage(narrow, width, height, channels);

        var down = new Taps(image.Height, height);
        int row = width * channels;
        var small = new byte[height * row];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < row; x++) small[y * row + x] = down.Sum(y, narrow.AsSpan(x), row);
        }
        return new DecodedImage(small, width, height, channels);
    }

    /// <summary>For each output: the first input, and the fixed-point weights.</summary>
    private sealed class Taps
    {
        private const int MostBits = 22;

        private readonly int[] first;
        private readonly int[][] weights;
        private readonly int bits;

        public Taps(int from, int to)
        {
            var exact = new ResizeWeights(from, to);
            first = exact.First;
            weights = new int[to][];
            double largest = exact.Weights.Max(w => w.Max());
            while (bits < MostBits && 0.5 + largest * (1 << (bits + 1)) < 1 << 15) bits++;
            for (int i = 0; i < to; i++) weights[i] = [.. exact.Weights[i].Select(w => (int)(0.5 + w * (1 << bits)))];
        }

        /// <summary>The value of an output, from inputs <paramref name="stride"/> apart.</summary>
        public byte Sum(int place, ReadOnlySpan<byte> values, int stride)
        {
            int sum = 1 << (bits - 1), at = first[place] * stride;
            foreach (int weight in weights[place])
            {
                sum += weight * values[at];
                at += stride;
            }
            return (byte)Math.Clamp(sum >> bits, 0, 255);
        }
    }
}
