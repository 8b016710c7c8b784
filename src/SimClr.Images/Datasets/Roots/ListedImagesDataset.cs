using System.Globalization;
using System.Text;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Image files that a text file names, in ordinal order of their paths. A line holds a path, and after tabs perhaps the class and the group
/// of the image (<see cref="IImageDataset.Group"/>). Paths are relative to the folder of the list, or absolute.
/// </summary>
/// <remarks>
/// <para>The list is UTF-8. Empty lines are skipped. There are no comments, because the name of a file may begin with <c>#</c>. Any file
/// may be named: its content decides whether it is an image. The classes are in ordinal order. A list is a training part.</para>
/// <para>Safe to read from several threads at once.</para>
/// </remarks>
public sealed class ListedImagesDataset : IEncodedImages
{
    private const char Mark = '@';
    private readonly Entry[] images;
    private readonly int[] labels;
    private readonly ChannelCount channels;

    private sealed record Entry(string Path, string? Class, string? Group, int Line);

    private ListedImagesDataset(string list, Entry[] images)
    {
        (Name, this.images) = (Path.GetFileName(list), images);
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

    /// <summary>Reads a list, and checks that every file exists. Opens no image.</summary>
    /// <param name="list">The path of the list.</param>
    /// <exception cref="FileNotFoundException">The list does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The list is empty or not UTF-8; or a line has too many fields, names no file, or names a file for the second time. The message names
    /// the line.
    /// </exception>
    /// <exception cref="IOException">The list cannot be read.</exception>
    public static ListedImagesDataset Open(string list)
    {
        if (!File.Exists(list)) throw new FileNotFoundException($"The list {list} does not exist.", list);
        string folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var images = new List<Entry>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, line) in Lines(list).Index())
        {
            if (line.Length == 0) continue;
            int number = index + 1;
            InvalidDataException Wrong(string what) => new(string.Create(CultureInfo.InvariantCulture, $"{list}, line {number}: {what}."));
            string[] fields = line.Split('\t');
            if (fields.Length > 3) throw Wrong($"it has {fields.Length} fields; a line has a path, a class and a group, with tabs between");
            if (fields.Any(field => field.Any(char.IsControl))) throw Wrong("it has control characters");
            if (fields.Skip(1).FirstOrDefault(field => field.Trim() != field) is { } padded)
                throw Wrong($"'{padded}' begins or ends with a space");
            if (fields[0].Length == 0) throw Wrong("it names no file");
            string path = PortablePath.Of(Path.GetFullPath(Path.Combine(folder, fields[0])));
            var kind = HostFiles.Current.StatusOf(path).Kind;
            if (kind == EntryKind.Missing) throw Wrong($"{path} does not exist");
            if (kind == EntryKind.Folder || Directory.Exists(path)) throw Wrong($"{path} is a folder; a line names one file");
            if (RegularFile.Refusal(kind) is { } what) throw Wrong($"{path} is {what}, not a file");
            if (!lines.TryAdd(path, number)) throw Wrong($"{path} is on line {lines[path]} too");
            images.Add(new(path, Text(fields, 1), Text(fields, 2), number));
        }
        if (images.Count == 0) throw new InvalidDataException($"{list} names no image: it has only empty lines.");
        return new(list, [.. images.OrderBy(image => image.Path, StringComparer.Ordinal)]);
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

    /// <summary>The path in a text such as <c>@list.txt</c>; null for any other text, and for the path of something that exists.</summary>
    internal static string? ListIn(string data) => data is [Mark, _, ..] && !Path.Exists(data) ? data[1..] : null;

    /// <summary>A list with its absolute path, as <see cref="ListIn"/> takes it.</summary>
    internal static string Absolute(string list) => Mark + Path.GetFullPath(list);

    private static string? Text(string[] fields, int at) => fields.Length > at && fields[at].Length > 0 ? fields[at] : null;

    private static IEnumerable<string> Lines(string list)
    {
        using var reader = new StreamReader(RegularFile.OpenRead(list), new UTF8Encoding(false, throwOnInvalidBytes: true));
        while (true)
        {
            string? line;
            try
            {
                line = reader.ReadLine();
            }
            catch (DecoderFallbackException e)
            {
                throw new InvalidDataException($"{list} is not UTF-8: a list of images is a text file.", e);
            }
            if (line is null) yield break;
            yield return line;
        }
    }
}
