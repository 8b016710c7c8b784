using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Image files below a folder, in ordinal order of their paths, decoded on demand. Files are chosen by extension
/// (<see cref="ImageDecoder.Extensions"/>). Links are followed; each folder is visited once. The <see cref="Omissions"/> count what is
/// skipped: names that begin with a point, system files (<c>@eaDir</c>, <c>Thumbs.db</c> …), folders that this program wrote, pipes and
/// devices, other formats, names that are not UTF-8.
/// </summary>
/// <remarks>
/// <para>Parts: a folder has parts if it contains <c>train</c> and beside it <c>test</c>, <c>val</c> or another usual name, in any case
/// (<c>Training</c> and <c>Testing</c>, <c>train_images</c> and <c>val_images</c>, <c>train2017</c> and <c>val2017</c>). Test comes before
/// validation. It also has parts if it contains <c>train</c> and no other images. <c>unlabeled</c> beside them is for pretraining. So a
/// class called <c>train</c> among other classes stays a class. <c>test</c> or <c>val</c> without <c>train</c> is refused: test images must
/// not be mixed into the training images. A folder that contains only one folder is opened there. Everything else is one training
/// part.</para>
/// <para>Labels: a part has one class per sub-folder if at least two sub-folders contain images, at any depth. The class is the first
/// folder of the path; an image outside of all sub-folders has no label. The classes of the training part, in ordinal order, give the
/// labels of both parts. A test image of another class has no label. A test part with a list of annotations takes its classes from it (Tiny
/// ImageNet: <c>val/images</c> and <c>val/val_annotations.txt</c>).</para>
/// <para>Safe to read from several threads at once.</para>
/// </remarks>
public sealed class ImageFolderDataset : IEncodedImages
{
    private readonly string root;
    private readonly List<string> images;
    private readonly int[]? labels;
    private readonly ChannelCount channels;

    private ImageFolderDataset(string folder, PathPattern? only, DatasetPart part)
    {
        root = folder;
        var parts = FolderParts.Of(folder, only);
        bool asksTest = part == DatasetPart.Test;
        string here = !asksTest ? parts.Train
            : parts.Test ?? throw new InvalidDataException($"{folder} has no test part: no folder test, val or validation beside train.");
        string? more = part == DatasetPart.Pretraining ? parts.Unlabelled : null;
        Name = (only?.Name ?? new DirectoryInfo(folder).Name)
            + (parts.Train.Length == 0 ? "" : asksTest ? " test" : more is null ? " train" : " train and unlabeled");

        var found = ImageFiles.Below(folder, here, only);
        var unlabelled = more is null ? null : ImageFiles.Below(folder, more, only);
        images = unlabelled is null ? found.Images : [.. found.Images.Concat(unlabelled.Images).Order(StringComparer.Ordinal)];
        IReadOnlyList<Omission> omitted = [.. parts.Omissions, .. found.Omissions, .. unlabelled?.Omissions ?? []];
        channels = new ChannelCount(images.Count, index => LargeImage.ChannelsOf(Describe(index)));
        if (images.Count == 0)
            throw new InvalidDataException(
                $"{(only is null ? $"{PortablePath.Combine(folder, here)} holds" : $"{only} matches")} no image file " +
                $"({string.Join(' ', ImageDecoder.Extensions)}).{string.Concat(omitted.Where(o => !o.IsExpected).Select(o => " " + o))}");
        if (part == DatasetPart.Train && parts.Unlabelled is { } unused)
            omitted = [.. omitted, new Omission(
                "folder", 1, "its images have no labels, and are for pretraining alone",
                PortablePath.Combine(folder, unused), IsExpected: true)];

        Classes = ClassesOf(asksTest ? ImageFiles.Below(folder, parts.Train, only).Images : found.Images, parts.Train);
        if (Classes.Count == 0) (Omissions, labels) = (omitted, null);
        else (Omissions, labels) = ([.. omitted, .. FolderLabels.Give(folder, here, images, Classes, parts.Train, out int[] given)], given);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => images.Count;

    /// <summary>The channels of the first readable file, which is opened when this is first asked for.</summary>
    public int Channels => channels.Value;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Omission> Omissions { get; }

    /// <summary>
    /// Lists the files of one part, and opens none. Pretraining means the training part, and the unlabelled part if there is one.
    /// </summary>
    /// <param name="folder">The folder of images, or of the parts.</param>
    /// <param name="part">Which images.</param>
    /// <exception cref="InvalidDataException">The part is missing or has no image.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is not readable.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public static ImageFolderDataset Open(string folder, DatasetPart part) => new(folder, null, part);

    /// <summary>Lists the files of one part that match a pattern, which finds its folder itself.</summary>
    /// <param name="pattern">The pattern, with its folder.</param>
    /// <param name="part">The part.</param>
    internal static ImageFolderDataset Open(PathPattern pattern, DatasetPart part) => new(pattern.Folder, pattern, part);

    /// <inheritdoc/>
    public int Label(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return labels is null ? -1 : labels[index];
    }

    /// <summary>The path of the image's file, with <c>/</c> on every system.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string Describe(int index) => PortablePath.Combine(root, images[index]);

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
    public string FileName(int index) => Path.GetFileName(images[index]);

    internal static bool IsIn(string folder) => ImageFiles.Any(folder);

    internal static bool HasTest(string folder) => FolderParts.Of(folder).Test is not null;

    internal static bool HasTest(PathPattern pattern) => FolderParts.Of(pattern.Folder, pattern).Test is not null;

    private static List<string> ClassesOf(List<string> images, string train)
    {
        var classes = images.Select(image => FolderLabels.FirstFolder(image, train))
            .Where(name => name.Length > 0).Distinct().Order(StringComparer.Ordinal).ToList();
        return classes.Count >= 2 ? classes : [];
    }
}
