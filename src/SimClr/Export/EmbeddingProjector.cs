using System.Globalization;
using System.Text;
using SimClr.Images;
using SimClr.IO;
using SimClr.Runtime;
using SkiaSharp;
using static TorchSharp.torch;

namespace SimClr.Export;

/// <summary>
/// The files from which TensorBoard's embedding projector shows points with their names and pictures:
/// <c>projector_config.pbtxt</c>, <c>tensors.tsv</c>, <c>metadata.tsv</c> and <c>sprite.png</c>, in a run's folder of events or in one of their own.
/// </summary>
public static class EmbeddingProjector
{
    /// <summary>The longest side of a sprite that every browser takes as a texture, in pixels.</summary>
    public const int LargestSprite = 8192;

    /// <summary>The side of <paramref name="count"/> thumbnails in one sprite: <paramref name="wanted"/> pixels, or fewer where the sprite has no room for that.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not one pixel is left for each, or a number is not positive.</exception>
    public static int ThumbnailSide(int count, int wanted)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(wanted);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, LargestSprite * LargestSprite);
        return Math.Min(wanted, LargestSprite / Columns(count));
    }

    /// <summary>Writes the files over what is there, each aside first and then under its name, the one that names the others last.</summary>
    /// <param name="folder">Made where it is not there.</param>
    /// <param name="name">What TensorBoard calls the points.</param>
    /// <param name="values">(M, D) float32, M ≥ 1: a row is a point; borrowed, on any device.</param>
    /// <param name="columns">At least one: its name and M texts. The format has no quoting: tabs and line ends become spaces, an empty text a dash.</param>
    /// <param name="thumbnails">M square images of one size (<see cref="ThumbnailSide"/>), or none; each is read once.</param>
    /// <exception cref="ArgumentException">The numbers of points, texts and thumbnails differ, or a thumbnail is of another size or too large.</exception>
    public static void Write(
        string folder, string name, Tensor values, IReadOnlyList<(string Name, IReadOnlyList<string> Texts)> columns, IEnumerable<DecodedImage>? thumbnails = null)
    {
        if (values.dim() != 2 || values.dtype != ScalarType.Float32 || values.shape[0] == 0)
            throw new ArgumentException($"The points must be (M, D) Float32, M ≥ 1; they are ({string.Join(", ", values.shape)}) {values.dtype}.", nameof(values));
        int count = (int)values.shape[0];
        if (columns.Count == 0) throw new ArgumentException("The points need at least one column of texts.", nameof(columns));
        foreach (var column in columns)
        {
            if (column.Texts.Count != count)
                throw new ArgumentException($"Every point needs one text: there are {count} points, and '{column.Name}' has {column.Texts.Count}.", nameof(columns));
        }

        Directory.CreateDirectory(folder);
        int? side = null;
        if (thumbnails is not null)
        {
            using var sprite = Sprite(thumbnails, count);
            side = sprite.Width / Columns(count);
            using var png = sprite.Encode(SKEncodedImageFormat.Png, 100);
            Write("sprite.png", file => png.SaveTo(file));
        }
        Write("tensors.tsv", file => WriteTensor(file, values));
        Write("metadata.tsv", file => WriteTexts(file, columns));
        Write("projector_config.pbtxt", file => file.Write(Encoding.UTF8.GetBytes(Config(name, side))));

        void Write(string file, Action<Stream> write) => WholeFile.Write(Path.Combine(folder, file), write);
    }

    // TensorBoard finds a thumbnail's row by dividing its number by the sprite's rows, not its columns: right in a square alone.
    private static int Columns(int count) => (int)Math.Ceiling(Math.Sqrt(count));

    private static void WriteTensor(Stream file, Tensor values)
    {
        using var scope = NewDisposeScope();
        var rows = new MatrixRows(values.detach().cpu().contiguous());
        using var text = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
        for (long row = 0; row < rows.Count; row++)
        {
            var numbers = rows[row];
            for (int i = 0; i < numbers.Length; i++)
            {
                text.Write(numbers[i].ToString(CultureInfo.InvariantCulture));
                text.Write(i + 1 == numbers.Length ? '\n' : '\t');
            }
        }
    }

    // A single column has no line of names: TensorBoard would take it for a point.
    private static void WriteTexts(Stream file, IReadOnlyList<(string Name, IReadOnlyList<string> Texts)> columns)
    {
        using var text = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
        if (columns.Count > 1) text.WriteLine(string.Join('\t', columns.Select(c => Plain(c.Name))));
        for (int i = 0; i < columns[0].Texts.Count; i++) text.WriteLine(string.Join('\t', columns.Select(c => Plain(c.Texts[i]))));
    }

    private static string Plain(string text)
    {
        string plain = string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)).Trim();
        return plain.Length > 0 ? plain : "-";
    }

    private static string Config(string name, int? side) =>
        $$"""
        embeddings {
          tensor_name: "{{name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}}"
          tensor_path: "tensors.tsv"
          metadata_path: "metadata.tsv"
        {{(side is null ? "" : $"  sprite {{ image_path: \"sprite.png\" single_image_dim: {side} single_image_dim: {side} }}\n")}}}

        """.ReplaceLineEndings("\n");

    private static SKBitmap Sprite(IEnumerable<DecodedImage> thumbnails, int count)
    {
        SKBitmap? sprite = null;
        int columns = Columns(count), side = 0, i = 0;
        foreach (var thumbnail in thumbnails)
        {
            if (sprite is null)
            {
                side = thumbnail.Checked().Width;
                if (columns * (long)side > LargestSprite)
                    throw new ArgumentException($"{count} thumbnails of {side} pixels make a sprite of {columns * (long)side}; the longest is {LargestSprite}.", nameof(thumbnails));
                sprite = new SKBitmap(columns * side, columns * side, SKColorType.Rgba8888, SKAlphaType.Opaque);
                sprite.Erase(SKColors.White);
            }
            if (thumbnail.Checked().Width != side || thumbnail.Height != side)
                throw new ArgumentException($"Thumbnails must be square and of one size: the first is {side} pixels wide, number {i + 1} is {thumbnail.Width} × {thumbnail.Height}.", nameof(thumbnails));
            if (i == count) throw new ArgumentException($"There are more thumbnails than the {count} points.", nameof(thumbnails));
            Draw(thumbnail, sprite, i % columns * side, i++ / columns * side);
        }
        return i == count ? sprite! : throw new ArgumentException($"Every point needs one thumbnail: there are {count} points and {i} thumbnails.", nameof(thumbnails));
    }

    private static void Draw(DecodedImage image, SKBitmap sprite, int left, int top)
    {
        var from = image.ToRgb().Pixels.Span;
        var to = sprite.GetPixelSpan();
        for (int p = 0; p < image.Width * image.Height; p++)
            from.Slice(3 * p, 3).CopyTo(to[(4 * ((top + p / image.Width) * sprite.Width + left + p % image.Width))..]); // its alpha is the white's
    }
}
