using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Images with a training part and perhaps a test part. They are what <c>--data</c> names (built-in images, a data set to download, a
/// folder), or a program's own.
/// </summary>
public sealed partial class ImageSource
{
    private readonly IReadOnlyList<ImageRoot> roots;
    private readonly IMessages messages;
    private CancellationToken cancellationToken;
    private readonly HashSet<Omission> said = []; // shared by the sources that are made of one
    private readonly (IImageDataset Train, IImageDataset? Test)? given;
    private readonly ImageSource? test;
    private readonly Func<IImageDataset, bool, IReadOnlyList<string?>>? groups; // of images; whether they are the training part

    private ImageSource(IImageDataset train, IImageDataset? test, IMessages messages, CancellationToken cancellationToken)
        : this([], messages, cancellationToken) => given = (train, test);

    private ImageSource(IReadOnlyList<ImageRoot> roots, IMessages messages, CancellationToken cancellationToken) =>
        (this.roots, this.messages, this.cancellationToken) = (roots, messages, cancellationToken);

    private ImageSource(ImageSource train, ImageSource? test, Func<IImageDataset, bool, IReadOnlyList<string?>>? groups)
        : this(train.roots, train.messages, train.cancellationToken) =>
        (given, said, this.test, this.groups) = (train.given, train.said, test, groups);

    /// <summary>
    /// Names or absolute paths that find the same images again from any working folder, in their order; empty for images from
    /// <see cref="Of"/>.
    /// </summary>
    public IReadOnlyList<string> Names => [.. roots.Select(root => root.Name)];

    /// <summary>Wraps a program's own images.</summary>
    /// <param name="train">The training images; borrowed.</param>
    /// <param name="test">
    /// The test images, borrowed; classes are matched by name, and the labels are those of the training images. Null (the default): if a
    /// test part is needed, a fifth of each class is held out.
    /// </param>
    /// <param name="messages">Receives notes about data that is not used. Default: none.</param>
    /// <param name="cancellationToken">Ends the wait for images that are unavailable (<see cref="RetryingDataset"/>).</param>
    public static ImageSource Of(
        IImageDataset train, IImageDataset? test = null, IMessages? messages = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        return new ImageSource(train, test, messages ?? IMessages.None, cancellationToken);
    }

    /// <summary>Resolves a name. Downloads the data set if the name means one.</summary>
    /// <param name="data">
    /// What <see cref="ImageDatasets.Open(string, DatasetPart)"/> takes, <c>builtin</c>, or the name of a data set to download.
    /// </param>
    /// <param name="downloads">Where a data set is downloaded from and to. Null (the default): downloads are refused.</param>
    /// <param name="messages">Receives notes about data that is not used. Default: none.</param>
    /// <param name="cancellationToken">
    /// Ends the download, and later the wait for images that are unavailable (<see cref="RetryingDataset"/>).
    /// </param>
    /// <exception cref="DirectoryNotFoundException">The text is neither an existing path nor a name.</exception>
    /// <exception cref="ConfigurationException">The data set must be downloaded, and downloads are refused.</exception>
    public static Task<ImageSource> FindAsync(
        string data, DownloadPlace? downloads = null, IMessages? messages = null, CancellationToken cancellationToken = default) =>
        FindAsync([data], downloads, messages, cancellationToken);

    /// <summary>
    /// Resolves several names, whose images are used together: one place after the other, with the classes united by name
    /// (<see cref="UnitedDataset"/>). The training part is that of all places, the test part that of those that have one.
    /// </summary>
    /// <param name="data">At least one; each as for a single name.</param>
    /// <param name="downloads">As for a single name.</param>
    /// <param name="messages">As for a single name.</param>
    /// <param name="cancellationToken">As for a single name.</param>
    /// <exception cref="DirectoryNotFoundException">As for a single name.</exception>
    /// <exception cref="ConfigurationException">As for a single name; or two places share images.</exception>
    public static async Task<ImageSource> FindAsync(IReadOnlyList<string> data, DownloadPlace? downloads = null,
        IMessages? messages = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Count == 0) throw new ArgumentException("At least one name is needed.", nameof(data));
        var roots = new List<ImageRoot>();
        foreach (string name in data) roots.Add(await ImageRoot.FindAsync(name, downloads, cancellationToken).ConfigureAwait(false));
        ImageRoot.RequireApart(roots);
        return new ImageSource(roots, messages ?? IMessages.None, cancellationToken);
    }

    /// <summary>
    /// The same images, with those of another source as the test part: its own test part, or all of its images if it has none. Classes are
    /// matched by name, and the labels are those of these training images.
    /// </summary>
    /// <param name="test">The source of the test images; null for no change.</param>
    /// <exception cref="ConfigurationException">Both are at the same place, or one is inside the other.</exception>
    public ImageSource WithTest(ImageSource? test)
    {
        if (test is null) return this;
        ImageRoot.RequireUnseen(roots, test.roots);
        return new(this, test, groups);
    }

    /// <summary>The same images in groups that a list names: where an evaluation splits images, a group stays in one part.</summary>
    /// <param name="groups">The list. Images that it does not name are alone; their number is a note.</param>
    public ImageSource WithGroups(GroupColumn groups) => WithGroups(groups, messages);

    /// <summary>As <see cref="WithGroups(GroupColumn)"/>.</summary>
    /// <param name="groups">The list.</param>
    /// <param name="messages">As for <see cref="GroupColumn.NamesIn"/>, of the training part.</param>
    internal ImageSource WithGroups(GroupColumn groups, IMessages? messages)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return new(this, test, (data, isTrain) => groups.NamesIn(data, isTrain ? messages : null, isForThese: false));
    }

    /// <summary>The same images in groups: where an evaluation splits images, a group stays in one part.</summary>
    /// <param name="groups">Groups the images of a part, for example <see cref="ImageGroups.ByFolder"/>.</param>
    public ImageSource WithGroups(Func<IImageDataset, ImageGroups> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return new(this, test, (data, _) =>
        {
            var found = groups(data);
            return [.. Enumerable.Range(0, data.Count).Select(image => found.Name(found.Of(image)))];
        });
    }

    /// <summary>A name, or the absolute path: it finds the images from any working folder.</summary>
    /// <param name="data">A name of built-in or downloadable images, or a path.</param>
    public static string AbsoluteName(string data) => ImageRoot.AbsoluteName(data);

    /// <summary>Checks whether a command would write into its own image folder: the next command would read the output as images.</summary>
    /// <param name="output">A file or a folder; it need not exist.</param>
    /// <param name="isPicture">
    /// Whether the output is a single picture, which looks like an image. A folder of ours is known by its files, and skipped.
    /// </param>
    /// <exception cref="ConfigurationException">
    /// The output is one of the images, a picture in the folder of the images, a <c>train.npy</c> or <c>test.npy</c> there, or is the
    /// folder itself.
    /// </exception>
    public void RequireOutside(string? output, bool isPicture = false)
    {
        if (output is null) return;
        foreach (var root in roots.Concat(test?.roots ?? []).Where(root => Directory.Exists(root.FolderOfNames)))
        {
            RequireOutside(root, output, isPicture);
            // An image of a list, or behind a link.
            if (isPicture && File.Exists(output) && root.IsOfFiles && root.Open(DatasetPart.Pretraining) is var images
                && RealFiles.Of(images).Contains(RealFiles.Of(output)))
                throw new ConfigurationException($"--output {output} is an image of {root.Name}, and would be replaced.");
        }
    }

    private void RequireOutside(ImageRoot root, string output, bool isPicture)
    {
        string folder = root.FolderOfNames!;
        var (images, place) = (PortablePath.Of(RealPath.Of(folder)), PortablePath.Of(RealPath.Of(output)));
        bool same = place == images;
        if (!same && !place.StartsWith(images.TrimEnd('/') + '/', StringComparison.Ordinal)) return;
        if (isPicture && ImageDatasets.IsOfTars(root.Path!))
            throw new ConfigurationException($"--output {output} is in {folder}, a folder of tars, which may hold no pictures beside " +
                $"them. Choose a file outside it.");
        if (!ImageDatasets.IsOfFiles(root.Path!)) return;
        if (same) throw new ConfigurationException($"--output {output} is the folder of the images. Choose a folder outside it.");
        bool isArrays = NpyDataset.Files.Any(name => place == $"{images.TrimEnd('/')}/{name}");
        if (isPicture || isArrays)
            throw new ConfigurationException($"--output {output} is in the image folder {folder}, and the next command would read it as " +
                $"{(isArrays ? "the images" : "an image")}. Choose a file outside it.");
        messages.Note($"{output} is inside the image folder {folder}. simclr ignores its own files there, but other programs may not.");
    }

    /// <summary>Checks that each place exists, without listing its images.</summary>
    /// <exception cref="DirectoryNotFoundException">A folder does not exist.</exception>
    /// <exception cref="FileNotFoundException">A list does not exist.</exception>
    internal void RequirePlaces()
    {
        foreach (string path in roots.Select(root => root.Path).OfType<string>())
        {
            if (ListPlace.Of(path) is { } list) RegularFile.OpenRead(list.File).Dispose();
            else _ = ImageDatasets.IsOfFiles(path);
        }
    }

    /// <summary>The images for pretraining, or a seeded subset of them.</summary>
    /// <param name="limit">The number of images in the subset, at least 1; null for all.</param>
    /// <param name="seed">The same seed gives the same subset.</param>
    public IImageDataset ForPretraining(int? limit, long seed)
    {
        var all = Open(DatasetPart.Pretraining);
        return limit is { } n ? Subsets.Seeded(all, n, seed) : all;
    }

    /// <summary>
    /// The images for evaluation: those with labels, or all if none has a label. Data without a test part is split class by class; a fifth
    /// becomes the test part.
    /// </summary>
    /// <param name="strict">
    /// Whether a test image of a class that the training part lacks is an error. Figures without such images would be too good.
    /// </param>
    /// <returns>Both parts, and whether they were split here.</returns>
    /// <exception cref="InvalidDataException">
    /// No image can be held out, or a test image has no label or a class that is missing in the training part.
    /// </exception>
    public (IImageDataset Train, IImageDataset Test, bool Cut) ForEvaluation(bool strict = true)
    {
        var train = Labelled(Open(DatasetPart.Train));
        if (HasTest)
        {
            var tested = Labelled(Open(DatasetPart.Test, strict));
            if (test is null && roots.Any(root => root.IsOfFiles)) ImageRoot.RequireUnseen(train, tested);
            if (strict) WarnOfSharedGroups(train, tested);
            return (train, tested, false);
        }
        var (kept, heldOut) = Subsets.StratifiedSplit(train, 0.2, seed: 0);
        if (heldOut.Count == 0)
            throw new InvalidDataException(
                $"{train.Name} has {train.Count} images and no test part. " +
                    $"Each class needs at least two images, so that one can be held out.");
        return (kept, heldOut, true);
    }

    /// <summary>The test images of <see cref="WithTest"/> that have a label, whatever the training images have.</summary>
    /// <param name="classes">The classes of a classifier, in the order of its labels.</param>
    /// <param name="trained">The classifier, as the beginning of a sentence.</param>
    /// <returns>The images; null if this source has none from elsewhere.</returns>
    /// <exception cref="InvalidDataException">A test image has another class, or none has a label.</exception>
    internal IImageDataset? TestFor(IReadOnlyList<string> classes, string trained) =>
        test is null ? null : Labelled(Guarded(OfTest(test, classes, trained), isScored: true));

    // Among labelled images, those without a label do not form a class.
    private static IImageDataset Labelled(RetryingDataset data)
    {
        LabelCheck.Require(data);
        var labelled = SubsetDataset.OfLabelled(data);
        return data.Classes.Count == 0 || labelled.Count == 0 || labelled.Label(0) >= 0 ? labelled
            : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} has a label (for example " +
                $"{data.Describe(0)}): put them into a folder for each class.");
    }

    /// <summary>Images for encoding, damaged ones included, in the order of their paths.</summary>
    /// <param name="part">Which part.</param>
    public ImageList List(ImagePart part) => List(Parts(part));

    /// <summary>The images of parts that are already open.</summary>
    /// <param name="parts">The parts with their names, in the order of the list.</param>
    public ImageList List(IReadOnlyList<(string Name, IImageDataset Data)> parts)
    {
        string name = parts[0].Data.Name;
        var folders = roots.Select(root => root.FolderOfNames).OfType<string>().ToList();
        return new ImageList(parts.Count == 1 ? name : $"{name} and test", folders.Count == 0 ? null : CommonFolder(folders), parts);
    }

    /// <summary>The parts of the data, each with its name, <c>train</c> or <c>test</c>.</summary>
    /// <param name="part">Which part.</param>
    public List<(string Name, IImageDataset Data)> Parts(ImagePart part)
    {
        var parts = new List<(string, IImageDataset)>();
        if (part != ImagePart.Test) parts.Add(("train", Open(part == ImagePart.All ? DatasetPart.Pretraining : DatasetPart.Train)));
        if (part == ImagePart.Test || (part == ImagePart.All && HasTest)) parts.Add(("test", Open(DatasetPart.Test)));
        return parts;
    }

    // The names of images at one place are relative to it; those at several to the folder that holds all of these.
    private static string CommonFolder(List<string> folders)
    {
        if (folders is [var only]) return only;
        string common = PortablePath.Of(Path.GetFullPath(folders[0]));
        foreach (string folder in folders.Skip(1).Select(folder => PortablePath.Of(Path.GetFullPath(folder))))
        {
            while (common.Length > 1 && folder != common && !folder.StartsWith(common + '/', StringComparison.Ordinal))
                common = PortablePath.Of(Path.GetDirectoryName(common) ?? "");
        }
        return common;
    }

    /// <summary>The longer side of the images in pixels, from the first readable ones.</summary>
    /// <param name="data">The images.</param>
    /// <exception cref="InvalidDataException">No image can be read.</exception>
    public static int LargestSide(IImageDataset data)
    {
        int largest = 0;
        string? reason = null;
        var buffer = new DecodeBuffer();
        for (int i = 0, read = 0; i < data.Count && read < 16; i++)
        {
            try
            {
                var image = data.ReadWhole(i, buffer);
                largest = Math.Max(largest, Math.Max(image.Width, image.Height));
                read++;
            }
            catch (InvalidDataException e)
            {
                reason ??= e.Message; // the loader reports the damage
            }
        }
        return largest > 0 ? largest
            : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read; the first: {reason}");
    }
}
