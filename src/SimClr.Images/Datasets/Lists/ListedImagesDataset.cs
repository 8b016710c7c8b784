using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// Image files that a text file or a table names, in ordinal order of their paths. A line of a text holds a path, and after tabs perhaps
/// the class and the group of the image (<see cref="IImageDataset.Group"/>). A table has the classes in one of its columns, and perhaps the
/// groups in another one. Paths are relative to the folder of the list, or absolute.
/// </summary>
/// <remarks>
/// <para>The list is UTF-8. Empty lines are skipped. In a text there are no comments, because the name of a file may begin with <c>#</c>.
/// Any file may be named: its content decides whether it is an image. The classes are in ordinal order. A list is a training part.</para>
/// <para>Safe to read from several threads at once.</para>
/// </remarks>
public sealed class ListedImagesDataset : IEncodedImages
{
    private readonly ListedImage[] images;
    private readonly int[] labels;
    private readonly ChannelCount channels;

    private ListedImagesDataset(string list, IReadOnlyList<ListedImage> listed, IReadOnlyList<Omission> omissions)
    {
        (Name, Omissions) = (Path.GetFileName(list), omissions);
        images = [.. listed.OrderBy(image => image.Path, StringComparer.Ordinal)];
        channels = new ChannelCount(images.Length, index => LargeImage.ChannelsOf(Describe(index)));
        Classes = [.. images.Select(image => image.Class).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        var labelOf = Classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        labels = [.. images.Select(image => image.Class is { } name ? labelOf[name] : -1)];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => images.Length;

    /// <summary>The channels of the first readable file, which is opened when this is first asked for.</summary>
    public int Channels => channels.Value;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The rows of a table whose image is not there.</summary>
    public IReadOnlyList<Omission> Omissions { get; }

    /// <summary>Reads a list, and checks that every file exists. Opens no image.</summary>
    /// <param name="list">The path of the list.</param>
    /// <exception cref="FileNotFoundException">The list does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The list is empty or not UTF-8; or a line has too many fields, names no file, or names a file for the second time. The message names
    /// the line.
    /// </exception>
    /// <exception cref="IOException">The list cannot be read.</exception>
    public static ListedImagesDataset Open(string list) => new(Existing(list), ListOfFiles.Read(list), []);

    /// <summary>
    /// Reads a table: comma-separated values with a header (RFC 4180), or semicolons or tabs between them. The images are named in the
    /// column <c>file</c>, else in the first one that is not named here. A name is a path; or the end of the path of an image file below
    /// the folder of the table, which may lack the extension. Opens no image.
    /// </summary>
    /// <param name="table">The path of the table.</param>
    /// <param name="column">
    /// The name of the column with the classes, exactly as in the header. Where it is empty, the image has no label.
    /// </param>
    /// <param name="groupColumn">The name of the column with the groups; null (the default) if there is none.</param>
    /// <exception cref="FileNotFoundException">The table does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// A column does not exist, the table is damaged or names no image that exists, a name has several images, or an image several
    /// classes or groups. The message names the line.
    /// </exception>
    /// <exception cref="IOException">The table or a folder below its own cannot be read.</exception>
    public static ListedImagesDataset Open(string table, string column, string? groupColumn = null)
    {
        var (images, omissions) = TableOfFiles.Read(Existing(table), column, groupColumn);
        return new(table, images, omissions);
    }

    /// <inheritdoc/>
    public int Label(int index) => labels[index];

    /// <inheritdoc/>
    public string? Group(int index) => images[index].Group;

    /// <summary>The absolute path of the image's file.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string Describe(int index) => images[index].Path;

    /// <inheritdoc/>
    public DecodedImage Read(int index) => Read(index, new DecodeBuffer());

    /// <inheritdoc/>
    public DecodedImage Read(int index, DecodeBuffer buffer) =>
        ChannelCount.Require(Decode(index, buffer), buffer, this, index);

    private DecodedImage Decode(int index, DecodeBuffer buffer) => ImageDecoder.Read(Describe(index), buffer);

    /// <inheritdoc/>
    public byte[] ReadEncoded(int index) => ImageFile.ReadAll(Describe(index));

    /// <inheritdoc/>
    public int ReadHead(int index, Span<byte> head) => ImageFile.ReadHead(Describe(index), head);

    /// <inheritdoc/>
    public string FileName(int index) => Path.GetFileName(Describe(index));

    private static string Existing(string list) =>
        File.Exists(list) ? list : throw new FileNotFoundException($"The list {list} does not exist.", list);
}
