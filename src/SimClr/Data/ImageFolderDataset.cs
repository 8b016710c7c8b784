using SimClr.Views;

namespace SimClr.Data;

/// <summary>
/// Image files below a folder, in ordinal order of their paths; decoded when asked for. Files are taken by extension
/// (<see cref="ImageDecoder.Extensions"/>); names that begin with a point are skipped; links are followed, each folder once.
/// </summary>
/// <remarks>
/// <para>Parts: the folder has them when it holds <c>train</c> and beside it <c>test</c>, <c>val</c> or <c>validation</c>
/// (the first of these is the test part), or <c>train</c> and nothing else; other folders beside them are not looked at.
/// So a class called <c>train</c> among other classes is a class. A test part without <c>train</c> is refused rather
/// than mixed into the training images. Everything else is one training part.</para>
/// <para>Labels: a part has a class per sub-folder when all of its images lie in sub-folders and at least two sub-folders
/// have some, at whatever depth; the class is the first folder of the path. Otherwise it has no labels. The classes of the
/// training part, in ordinal order, decide the labels of both parts.</para>
/// <para>Safe to read from several threads at once.</para>
/// </remarks>
public sealed class ImageFolderDataset : IEncodedImages
{
    private readonly string root;
    private readonly List<string> images;
    private readonly int[]? labels;

    private ImageFolderDataset(string folder, DatasetPart part)
    {
        var (train, test) = Parts(folder);
        bool asksTest = part == DatasetPart.Test;
        root = !asksTest ? train : test ?? throw new InvalidDataException($"{folder} has no test part: no folder test, val or validation beside train.");
        Name = new DirectoryInfo(folder).Name + (test is null && root == folder ? "" : asksTest ? " test" : " train");

        images = ImageFiles.Below(root);
        if (images.Count == 0) throw new InvalidDataException($"{root} holds no image file ({string.Join(' ', ImageDecoder.Extensions)}).");
        Classes = ClassesOf(asksTest ? ImageFiles.Below(train) : images);
        if (Classes.Count > 0) labels = LabelAll(train);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => images.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Lists the files of one part; opens none of them. Pretraining is the training part.</summary>
    /// <param name="folder">The folder of images, or of the parts.</param>
    /// <param name="part">Which images.</param>
    /// <exception cref="InvalidDataException">The part is missing or has no image, or a test image lies in no folder of a class of the training part.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be listed.</exception>
    public static ImageFolderDataset Open(string folder, DatasetPart part) => new(folder, part);

    /// <inheritdoc/>
    public int Label(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return labels is null ? -1 : labels[index];
    }

    /// <summary>The path of the file.</summary>
    public string Describe(int index) => Path.Combine(root, images[index]);

    /// <inheritdoc/>
    public RgbImage Read(int index) => ImageDecoder.Read(Describe(index));

    /// <inheritdoc/>
    public RgbImage Read(int index, DecodeBuffer buffer) => ImageDecoder.Read(Describe(index), buffer);

    /// <inheritdoc/>
    public byte[] ReadEncoded(int index)
    {
        try
        {
            return File.ReadAllBytes(Describe(index));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public string FileName(int index) => Path.GetFileName(images[index]);

    internal static bool IsIn(string folder) => ImageFiles.Any(folder);

    internal static bool HasTest(string folder) => Parts(folder).Test is not null;

    private static (string Train, string? Test) Parts(string folder)
    {
        var folders = ImageFiles.FoldersIn(folder);
        string? Named(params string[] names) => names
            .Select(name => folders.Find(path => string.Equals(Path.GetFileName(path), name, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(path => path is not null);

        var (train, test) = (Named("train"), Named("test", "val", "validation"));
        if (test is not null && train is null)
        {
            throw new InvalidDataException(
                $"{folder} has a test part, {Path.GetFileName(test)}, but no folder train beside it; move the training images to {Path.Combine(folder, "train")}, or rename {Path.GetFileName(test)} if it is not a test part.");
        }

        bool hasParts = train is not null && (test is not null || (folders.Count == 1 && !ImageFiles.AnyDirectlyIn(folder)));
        return hasParts ? (train!, test) : (folder, null);
    }

    private static List<string> ClassesOf(List<string> images)
    {
        var classes = images.Select(FirstFolder).Distinct().Order(StringComparer.Ordinal).ToList();
        return classes.Count >= 2 && classes[0].Length > 0 ? classes : [];
    }

    private int[] LabelAll(string train)
    {
        var labelOf = Classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        return [.. images.Select(image =>
            labelOf.TryGetValue(FirstFolder(image), out int label)
                ? label
                : throw new InvalidDataException(FirstFolder(image) is { Length: > 0 } name
                    ? $"{Path.Combine(root, name)}: there is no class {name} in the training part, {train}."
                    : $"{Path.Combine(root, image)} lies in no class folder; the training part, {train}, has one for each class."))];
    }

    // Empty for an image directly in the root, which sorts before every class.
    private static string FirstFolder(string image) => image[..Math.Max(0, image.IndexOf(Path.DirectorySeparatorChar))];
}
