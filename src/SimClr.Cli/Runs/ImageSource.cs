using SimClr.Cli.Configuration;
using SimClr.Cli.Output;
using SimClr.Data;

namespace SimClr.Cli.Runs;

/// <summary>Finds the images that <c>--data</c> names: built-in ones, a data set to download, or a folder.</summary>
internal sealed class ImageSource
{
    private const string BuiltIn = "builtin";
    private readonly string? folder;
    private readonly Terminal terminal;
    private readonly HashSet<Omission> said = [];

    private ImageSource(string? folder, Terminal terminal) => (this.folder, this.terminal) = (folder, terminal);

    /// <summary>Resolves a name; downloads where that is what it means.</summary>
    public static async Task<ImageSource> FindAsync(string data, Uri? mirror, Terminal terminal, CancellationToken cancellation)
    {
        if (data == BuiltIn) return new ImageSource(null, terminal);
        if (DownloadableDataset.Find(data) is not { } known || Directory.Exists(data)) return new ImageSource(Existing(data), terminal);
        string cache = DownloadCache.Folder();
        if (!Directory.Exists(Path.Combine(cache, known.Folder))) DownloadCache.RequireWritable(cache);
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var downloaded = await terminal.DownloadAsync(
            progress => new DatasetDownloader(http).DownloadAsync(known, cache, mirror, progress, cancellation));
        return new ImageSource(downloaded, terminal);
    }

    // A bare word may be a name that was mistyped; what is wrong with a path, the data sets themselves say.
    private static string Existing(string data)
    {
        if (Path.Exists(data) || data.Contains('/', StringComparison.Ordinal)) return data;
        string[] names = [BuiltIn, .. DownloadableDataset.All.Select(d => d.Name)];
        throw new DirectoryNotFoundException(
            $"There is no folder {data} here, and it is not one of the names {string.Join(", ", names)}{(OptionKey.Nearest(data, names) is { } nearest ? $"; did you mean {nearest}?" : ".")}");
    }

    /// <summary>The images for pretraining, or a seeded subset of them.</summary>
    public IImageDataset ForPretraining(int? limit, long seed)
    {
        var all = Open(DatasetPart.Pretraining);
        return limit is { } n ? Subsets.Seeded(all, n, seed) : all;
    }

    /// <summary>The labelled images for evaluation. Data without a test part is cut in two, class by class: a fifth is the test part.</summary>
    /// <returns>Both parts, and whether the cut was made here.</returns>
    /// <exception cref="InvalidDataException">There is nothing that could be held out.</exception>
    public (IImageDataset Train, IImageDataset Test, bool Cut) ForEvaluation()
    {
        var train = Open(DatasetPart.Train);
        if (HasTest) return (train, Open(DatasetPart.Test), false);
        var (kept, heldOut) = Subsets.StratifiedSplit(train, 0.2, seed: 0);
        if (heldOut.Count == 0)
            throw new InvalidDataException($"{train.Name} has {train.Count} images and no test part: a class needs two images at least, for one to be held out.");
        return (kept, heldOut, true);
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

    private bool HasTest => folder is null || ImageDatasets.HasTest(folder);

    // What is not used is said once, whichever command reads the images.
    private IImageDataset Open(DatasetPart part)
    {
        if (folder is null) return new BuiltInImages(part);
        var data = ImageDatasets.Open(folder, part);
        foreach (var omission in data.Omissions.Where(said.Add))
        {
            if (omission.IsExpected) terminal.Note(omission.ToString());
            else terminal.Warn(omission.ToString());
        }
        return data;
    }

    /// <summary>The longer side of the images, in pixels, from the first readable ones.</summary>
    /// <exception cref="InvalidDataException">None can be read.</exception>
    public static int LargestSide(IImageDataset data)
    {
        int largest = 0;
        for (int i = 0, read = 0; i < data.Count && read < 16; i++)
        {
            try
            {
                var image = data.Read(i);
                largest = Math.Max(largest, Math.Max(image.Width, image.Height));
                read++;
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // The loader reports it.
            }
        }
        return largest > 0 ? largest : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read.");
    }
}
