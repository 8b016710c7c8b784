using System.Globalization;
using System.Text;
using SimClr.Images;
using SimClr.IO;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Export;

/// <summary>
/// Writes the files with which TensorBoard's embedding projector shows points with names and pictures: <c>projector_config.pbtxt</c>,
/// <c>tensors.tsv</c>, <c>metadata.tsv</c> and <c>sprite.png</c>, in a run's events folder or a folder of their own.
/// </summary>
public static class EmbeddingProjector
{
    /// <summary>The largest side of a sprite that every browser accepts as a texture, in pixels.</summary>
    public const int LargestSprite = 8192;

    /// <summary>
    /// The side of <paramref name="count"/> thumbnails in one sprite: <paramref name="wanted"/> pixels, or fewer if they do not fit.
    /// </summary>
    /// <param name="count">The number of thumbnails.</param>
    /// <param name="wanted">In pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than one pixel is left for each, or a number is not positive.</exception>
    public static int ThumbnailSide(int count, int wanted)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(wanted);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, LargestSprite * LargestSprite);
        return Math.Min(wanted, LargestSprite / SpriteSheet.ColumnsFor(count));
    }

    /// <summary>Writes the files. Existing ones are replaced atomically; the file that refers to the others is written last.</summary>
    /// <param name="folder">The folder; created if missing.</param>
    /// <param name="name">The name of the points in TensorBoard.</param>
    /// <param name="values">(M, D) float32, M ≥ 1: one row per point; borrowed, on any device.</param>
    /// <param name="columns">
    /// At least one column: its name and M texts. The format has no quoting: tabs and line ends become spaces, and an empty text becomes a
    /// dash.
    /// </param>
    /// <param name="thumbnails">M square images of one size (<see cref="ThumbnailSide"/>), or none. Each is read once.</param>
    /// <exception cref="ArgumentException">
    /// The numbers of points, texts and thumbnails differ, or a thumbnail has another size or is too large.
    /// </exception>
    public static void Write(
        string folder, string name, Tensor values, IReadOnlyList<(string Name, IReadOnlyList<string> Texts)> columns,
        IEnumerable<DecodedImage>? thumbnails = null)
    {
        if (values.dim() != 2 || values.dtype != ScalarType.Float32 || values.shape[0] == 0)
            throw new ArgumentException(
                $"The points must be (M, D) Float32, M ≥ 1; they are ({string.Join(", ", values.shape)}) {values.dtype}.", nameof(values));
        int count = (int)values.shape[0];
        if (columns.Count == 0) throw new ArgumentException("The points need at least one column of texts.", nameof(columns));
        foreach (var column in columns)
        {
            if (column.Texts.Count != count)
                throw new ArgumentException($"Every point needs one text: there are {count} points, and '{column.Name}' " +
                    $"has {column.Texts.Count}.", nameof(columns));
        }

        Directory.CreateDirectory(folder);
        int? side = null;
        if (thumbnails is not null)
        {
            // square: TensorBoard divides the index of a thumbnail by the number of rows, not columns
            using var sprite = Sprite(thumbnails, count);
            side = sprite.Side;
            Write("sprite.png", file => file.Write(sprite.ToPng()));
        }
        Write("tensors.tsv", file => WriteTensor(file, values));
        Write("metadata.tsv", file => WriteTexts(file, columns));
        Write("projector_config.pbtxt", file => file.Write(Encoding.UTF8.GetBytes(Config(name, side))));

        void Write(string file, Action<Stream> write) => AtomicFile.Write(Path.Combine(folder, file), write);
    }

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

    // A single column has no header line: TensorBoard would read it as a point.
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

    private static SpriteSheet Sprite(IEnumerable<DecodedImage> thumbnails, int count)
    {
        SpriteSheet? sprite = null;
        try
        {
            foreach (var thumbnail in thumbnails)
            {
                sprite ??= new SpriteSheet(count, SideOf(thumbnail.Checked(), count), isSquare: true);
                if (thumbnail.Checked().Width != sprite.Side || thumbnail.Height != sprite.Side)
                    throw new ArgumentException($"Thumbnails must be square and of one size: the first is {sprite.Side} pixels " +
                        $"wide, number {sprite.Count + 1} is {thumbnail.Width} × {thumbnail.Height}.", nameof(thumbnails));
                if (sprite.Count == count)
                    throw new ArgumentException($"There are more thumbnails than the {count} points.", nameof(thumbnails));
                sprite.Add(thumbnail);
            }
            int added = sprite?.Count ?? 0;
            return added == count ? sprite! : throw new ArgumentException($"Every point needs one thumbnail: there are {count} " +
                $"points and {added} thumbnails.", nameof(thumbnails));
        }
        catch
        {
            sprite?.Dispose();
            throw;
        }
    }

    private static int SideOf(DecodedImage thumbnail, int count)
    {
        long sprite = SpriteSheet.ColumnsFor(count) * (long)thumbnail.Width;
        return sprite <= LargestSprite ? thumbnail.Width
            : throw new ArgumentException($"{count} thumbnails of {thumbnail.Width} pixels make a sprite of {sprite}; the longest " +
                $"is {LargestSprite}.", nameof(thumbnail));
    }
}
