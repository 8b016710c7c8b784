using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Images with a training part and perhaps a test part. They are what <c>--data</c> names (built-in images, a data set to download, a
/// folder), or a program's own.
/// </summary>
public sealed class ImageSource
{
    private const string BuiltIn = "builtin";
    private readonly string? folder;
    private readonly IMessages messages;
    private readonly CancellationToken cancellation;
    private readonly HashSet<Omission> said = [];
    private readonly (IImageDataset Train, IImageDataset? Test)? given;
    private bool saidLoss;

    private ImageSource(IImageDataset train, IImageDataset? test, IMessages messages, CancellationToken cancellation)
        : this(name: null, folder: null, messages, cancellation) => given = (train, test);

    private ImageSource(string? name, string? folder, IMessages messages, CancellationToken cancellation) =>
        (Name, this.folder, this.messages, this.cancellation) = (name, folder, messages, cancellation);

    /// <summary>
    /// A name or an absolute path that finds the same images again from any working folder; null for images from <see cref="Of"/>.
    /// </summary>
    public string? Name { get; }

    /// <summary>Wraps a program's own images.</summary>
    /// <param name="train">The training images; borrowed.</param>
    /// <param name="test">
    /// The test images, of the same classes; borrowed. Null (the default): if a test part is needed, a fifth of each class is held out.
    /// </param>
    /// <param name="messages">Receives notes about data that is not used. Default: none.</param>
    /// <param name="cancellation">Ends the wait for images that are unavailable (<see cref="RetryingDataset"/>).</param>
    public static ImageSource Of(
        IImageDataset train, IImageDataset? test = null, IMessages? messages = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        return new ImageSource(train, test, messages ?? IMessages.None, cancellation);
    }

    /// <summary>Resolves a name. Downloads the data set if the name means one.</summary>
    /// <param name="data">A folder, a tar, an .npy file, <c>builtin</c>, or the name of a data set to download.</param>
    /// <param name="downloads">Where a data set is downloaded from and to. Null (the default): downloads are refused.</param>
    /// <param name="messages">Receives notes about data that is not used. Default: none.</param>
    /// <param name="cancellation">
    /// Ends the download, and later the wait for images that are unavailable (<see cref="RetryingDataset"/>).
    /// </param>
    /// <exception cref="DirectoryNotFoundException">The text is neither an existing path nor a name.</exception>
    /// <exception cref="ConfigurationException">The data set must be downloaded, and downloads are refused.</exception>
    public static async Task<ImageSource> FindAsync(
        string data, DownloadPlace? downloads = null, IMessages? messages = null, CancellationToken cancellation = default)
    {
        messages ??= IMessages.None;
        if (data == BuiltIn) return new ImageSource(data, null, messages, cancellation);
        if (DownloadableDataset.Find(data) is not { } known || Directory.Exists(data))
            return new ImageSource(AbsoluteName(data), Existing(data), messages, cancellation);
        if (downloads is null)
            throw new ConfigurationException($"The images of {data} must be downloaded, but there is no folder for them.");
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        string downloaded = await new DatasetDownloader(http)
            .DownloadAsync(known, downloads.Folder(known), downloads.Mirror, downloads.Progress, cancellation).ConfigureAwait(false);
        return new ImageSource(data, downloaded, messages, cancellation);
    }

    // A bare word may be a mistyped name. Errors about paths come from the data sets.
    private static string Existing(string data)
    {
        if (Path.Exists(data) || PortablePath.Of(data).Contains('/', StringComparison.Ordinal)) return data;
        string[] names = [BuiltIn, .. DownloadableDataset.All.Select(d => d.Name)];
        throw new DirectoryNotFoundException(
            $"There is no folder {data} here, and it is not one of the names {string.Join(", ", names)}" +
            $"{(Spelling.Nearest(data, names) is { } nearest ? $"; did you mean {nearest}?" : ".")}");
    }

    /// <summary>A name, or the absolute path: it finds the images from any working folder.</summary>
    public static string AbsoluteName(string data) =>
        data == BuiltIn || (DownloadableDataset.Find(data) is not null && !Directory.Exists(data)) ? data
            : System.IO.Path.GetFullPath(data);

    /// <summary>Checks whether a command would write into its own image folder: the next command would read the output as images.</summary>
    /// <param name="output">A file or a folder; it need not exist.</param>
    /// <param name="isPicture">
    /// Whether the output is a single picture, which looks like an image. A folder of ours is known by its files, and skipped.
    /// </param>
    /// <exception cref="ConfigurationException">The output is a picture in the image folder, or is the image folder itself.</exception>
    public void RequireOutside(string? output, bool isPicture = false)
    {
        if (output is null || folder is null || !Directory.Exists(folder)) return;
        var (images, place) = (PortablePath.Of(RealPath.Of(folder)), PortablePath.Of(RealPath.Of(output)));
        bool same = place == images;
        if (!same && !place.StartsWith(images.TrimEnd('/') + '/', StringComparison.Ordinal)) return;
        if (!ImageDatasets.IsOfFiles(folder)) return;
        if (same) throw new ConfigurationException($"--output {output} is the folder of the images. Choose a folder outside it.");
        if (isPicture) throw new ConfigurationException($"--output {output} is in the image folder {folder}, and the next command " +
            $"would read it as an image. Choose a file outside it.");
        messages.Note($"{output} is inside the image folder {folder}. simclr ignores its own files there, but other programs may not.");
    }

    /// <summary>The images for pretraining, or a seeded subset of them.</summary>
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
        if (HasTest) return (train, Labelled(Open(DatasetPart.Test, strict)), false);
        var (kept, heldOut) = Subsets.StratifiedSplit(train, 0.2, seed: 0);
        if (heldOut.Count == 0)
            throw new InvalidDataException(
                $"{train.Name} has {train.Count} images and no test part. " +
                    $"Each class needs at least two images, so that one can be held out.");
        return (kept, heldOut, true);
    }

    // Among labelled images, those without a label do not form a class.
    private static IImageDataset Labelled(IImageDataset data)
    {
        var labelled = SubsetDataset.OfLabelled(data);
        return data.Classes.Count == 0 || labelled.Count == 0 || labelled.Label(0) >= 0 ? labelled
            : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} has a label (for example " +
                $"{data.Describe(0)}): put them into a folder for each class.");
    }

    /// <summary>Images for encoding, damaged ones included, in the order of their paths.</summary>
    public ImageList List(ImagePart part) => List(Parts(part));

    /// <summary>The images of parts that are already open.</summary>
    public ImageList List(IReadOnlyList<(string Name, IImageDataset Data)> parts)
    {
        string name = parts[0].Data.Name;
        return new ImageList(parts.Count == 1 ? name : $"{name} and test", folder, parts);
    }

    /// <summary>The parts of the data, each with its name, <c>train</c> or <c>test</c>.</summary>
    public List<(string Name, IImageDataset Data)> Parts(ImagePart part)
    {
        var parts = new List<(string, IImageDataset)>();
        if (part != ImagePart.Test) parts.Add(("train", Open(part == ImagePart.All ? DatasetPart.Pretraining : DatasetPart.Train)));
        if (part == ImagePart.Test || (part == ImagePart.All && HasTest)) parts.Add(("test", Open(DatasetPart.Test)));
        return parts;
    }

    private bool HasTest => given is { } images ? images.Test is not null : folder is null || ImageDatasets.HasTest(folder);

    // Unused data is reported once, whichever command reads the images.
    private IImageDataset Open(DatasetPart part, bool isScored = false)
    {
        if (folder is null && given is null) return new BuiltInImages(part);
        var data = given is { } images ? part == DatasetPart.Test ? images.Test! : images.Train : ImageDatasets.Open(folder!, part);
        if (isScored && data.Omissions.FirstOrDefault(omission => omission.StopsEvaluation) is { } stop)
            throw new InvalidDataException(
                $"{data.Name} cannot be scored: {stop.Reason} ({stop.Count} images, for example {stop.Example}).");
        foreach (var omission in data.Omissions.Where(said.Add))
        {
            if (omission.IsExpected) messages.Note(omission.ToString());
            else messages.Warn(omission.ToString());
        }
        if (!saidLoss && SixteenBitImages.Loss(data) is { } loss)
        {
            saidLoss = true;
            messages.Warn(loss);
        }
        return RetryingDataset.Of(data, told: messages.Warnings, cancellation: cancellation);
    }

    /// <summary>The longer side of the images in pixels, from the first readable ones.</summary>
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
                var image = data.Read(i, buffer);
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
