using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Images, with a training and perhaps a test part: those that <c>--data</c> names (built-in ones, a data set to download, a folder), or those that a program has.</summary>
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

    /// <summary>What finds the same images again, from every working folder: a name, or a whole path; null for those of <see cref="Of"/>.</summary>
    public string? Name { get; }

    /// <summary>Images that a program has.</summary>
    /// <param name="train">Those to learn from; borrowed.</param>
    /// <param name="test">Those to score on, of the same classes; borrowed. Null (the default): where a test part is needed, a fifth of each class is held out as one.</param>
    /// <param name="messages">Told of what is not used. Default: nobody.</param>
    /// <param name="cancellation">Ends the waiting for images that are away (<see cref="RetryingDataset"/>).</param>
    public static ImageSource Of(IImageDataset train, IImageDataset? test = null, IMessages? messages = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        return new ImageSource(train, test, messages ?? IMessages.None, cancellation);
    }

    /// <summary>Resolves a name; downloads where that is what it means.</summary>
    /// <param name="data">A folder, a tar, an .npy file, <c>builtin</c>, or the name of a data set to download.</param>
    /// <param name="downloads">Where a data set is downloaded from and to. Null (the default): such names are refused.</param>
    /// <param name="messages">Told of what is not used. Default: nobody.</param>
    /// <param name="cancellation">Ends the download, and later the waiting for images that are away (<see cref="RetryingDataset"/>).</param>
    /// <exception cref="DirectoryNotFoundException">It is no folder here, and no name.</exception>
    /// <exception cref="ConfigurationException">It must be downloaded, and may not.</exception>
    public static async Task<ImageSource> FindAsync(string data, DownloadPlace? downloads = null, IMessages? messages = null, CancellationToken cancellation = default)
    {
        messages ??= IMessages.None;
        if (data == BuiltIn) return new ImageSource(data, null, messages, cancellation);
        if (DownloadableDataset.Find(data) is not { } known || Directory.Exists(data)) return new ImageSource(AbsoluteName(data), Existing(data), messages, cancellation);
        if (downloads is null) throw new ConfigurationException($"The images of {data} must be downloaded, and no place is named for them.");
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        string downloaded = await new DatasetDownloader(http).DownloadAsync(known, downloads.Folder(known), downloads.Mirror, downloads.Progress, cancellation).ConfigureAwait(false);
        return new ImageSource(data, downloaded, messages, cancellation);
    }

    // A bare word may be a name that was mistyped; what is wrong with a path, the data sets themselves say.
    private static string Existing(string data)
    {
        if (Path.Exists(data) || data.Contains('/', StringComparison.Ordinal)) return data;
        string[] names = [BuiltIn, .. DownloadableDataset.All.Select(d => d.Name)];
        throw new DirectoryNotFoundException(
            $"There is no folder {data} here, and it is not one of the names {string.Join(", ", names)}{(Spelling.Nearest(data, names) is { } nearest ? $"; did you mean {nearest}?" : ".")}");
    }

    /// <summary>The images as they are found from every working folder: a name, or the whole path.</summary>
    public static string AbsoluteName(string data) =>
        data == BuiltIn || (DownloadableDataset.Find(data) is not null && !Directory.Exists(data)) ? data : System.IO.Path.GetFullPath(data);

    /// <summary>Looks where a command is about to write, if that is below its own images: whatever lies there, the next command may take for more of them.</summary>
    /// <param name="output">A file or a folder, there or not.</param>
    /// <param name="isPicture">Whether it is a single picture, which cannot be told from an image; a folder of ours is known by its files and passed over.</param>
    /// <exception cref="ConfigurationException">It is a picture there, or the folder of the images itself.</exception>
    public void RequireOutside(string? output, bool isPicture = false)
    {
        if (output is null || folder is null || !Directory.Exists(folder)) return;
        var (images, place) = (RealPath.Of(folder), RealPath.Of(output));
        bool same = place == images;
        if (!same && !place.StartsWith(images.TrimEnd('/') + '/', StringComparison.Ordinal)) return;
        if (!ImageDatasets.IsOfFiles(folder)) return;
        if (same) throw new ConfigurationException($"--output {output} is the folder of the images itself: name another, outside of it.");
        if (isPicture) throw new ConfigurationException($"--output {output} lies among the images of {folder}, and the next command would take it for one of them: name a file outside of it.");
        messages.Note($"{output} lies below the images of {folder}: simclr passes over what it writes there, other programs may not.");
    }

    /// <summary>The images for pretraining, or a seeded subset of them.</summary>
    public IImageDataset ForPretraining(int? limit, long seed)
    {
        var all = Open(DatasetPart.Pretraining);
        return limit is { } n ? Subsets.Seeded(all, n, seed) : all;
    }

    /// <summary>
    /// The images for evaluation: those that have labels, or all where none has. Data without a test part is cut in two, class by class: a fifth is the test part.
    /// </summary>
    /// <param name="strict">Whether a test image of a class that the training part lacks ends it: figures over the others would be too good.</param>
    /// <returns>Both parts, and whether the cut was made here.</returns>
    /// <exception cref="InvalidDataException">There is nothing that could be held out, or a test part has no label, or one of no class of the training part.</exception>
    public (IImageDataset Train, IImageDataset Test, bool Cut) ForEvaluation(bool strict = true)
    {
        var train = Labelled(Open(DatasetPart.Train));
        if (HasTest) return (train, Labelled(Open(DatasetPart.Test, strict)), false);
        var (kept, heldOut) = Subsets.StratifiedSplit(train, 0.2, seed: 0);
        if (heldOut.Count == 0)
            throw new InvalidDataException($"{train.Name} has {train.Count} images and no test part: a class needs two images at least, for one to be held out.");
        return (kept, heldOut, true);
    }

    // An image without a label beside labelled ones is not of a class of its own.
    private static IImageDataset Labelled(IImageDataset data)
    {
        var labelled = SubsetDataset.OfLabelled(data);
        return data.Classes.Count == 0 || labelled.Count == 0 || labelled.Label(0) >= 0 ? labelled : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} has a label (for example {data.Describe(0)}): put them into a folder for each class.");
    }

    /// <summary>Images to be encoded, damaged ones included, in the order of their paths.</summary>
    public ImageList List(ImagePart part) => List(Parts(part));

    /// <summary>The images of parts that are open already.</summary>
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

    // What is not used is said once, whichever command reads the images.
    private IImageDataset Open(DatasetPart part, bool isScored = false)
    {
        if (folder is null && given is null) return new BuiltInImages(part);
        var data = given is { } images ? part == DatasetPart.Test ? images.Test! : images.Train : ImageDatasets.Open(folder!, part);
        if (isScored && data.Omissions.FirstOrDefault(omission => omission.StopsEvaluation) is { } stop)
            throw new InvalidDataException($"{data.Name} cannot be scored: {stop.Reason} ({stop.Count} images, for example {stop.Example}).");
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

    /// <summary>The longer side of the images, in pixels, from the first readable ones.</summary>
    /// <exception cref="InvalidDataException">None can be read.</exception>
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
                reason ??= e.Message; // the loader reports it
            }
        }
        return largest > 0 ? largest : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read; the first: {reason}");
    }
}
