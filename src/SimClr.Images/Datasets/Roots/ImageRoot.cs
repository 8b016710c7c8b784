using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>One of the places that <c>--data</c> names.</summary>
/// <param name="Name">A name or an absolute path that finds the same images again from any working folder.</param>
/// <param name="Path">What <see cref="ImageDatasets"/> opens; null for the built-in images.</param>
internal sealed record ImageRoot(string Name, string? Path)
{
    private const string BuiltIn = "builtin";

    /// <summary>Whether the data has a test part.</summary>
    public bool HasTest => Path is null || ImageDatasets.HasTest(Path);

    /// <summary>The folder that the names of the images are relative to; null for the built-in images.</summary>
    public string? FolderOfNames => Path is null ? null : ImageDatasets.FolderOfNames(Path);

    /// <summary>Whether the images are files, each of its own.</summary>
    public bool IsOfFiles => Path is not null && (ListPlace.Of(Path) is not null || ImageDatasets.IsOfFiles(Path));

    /// <summary>Opens a part.</summary>
    public IImageDataset Open(DatasetPart part) => Path is null ? new BuiltInImages(part) : ImageDatasets.Open(Path, part);

    /// <summary>A name, or the absolute path.</summary>
    public static string AbsoluteName(string data) =>
        data == BuiltIn || (DownloadableDataset.Find(data) is not null && !Directory.Exists(data)) ? data
            : ListPlace.Of(data) is { } list ? list.Absolute.ToString()
            : System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(data));

    /// <summary>Resolves a name; downloads the data set if the name means one.</summary>
    /// <inheritdoc cref="ImageSource.FindAsync(string, DownloadPlace?, IMessages?, CancellationToken)"/>
    public static async Task<ImageRoot> FindAsync(string data, DownloadPlace? downloads, CancellationToken cancellationToken)
    {
        if (data == BuiltIn) return new(data, null);
        if (DownloadableDataset.Find(data) is not { } known || Directory.Exists(data)) return new(AbsoluteName(data), Existing(data));
        if (downloads is null)
            throw new ConfigurationException($"The images of {data} must be downloaded, but there is no folder for them.");
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        return new(data, await new DatasetDownloader(http)
            .DownloadAsync(known, downloads.Folder(known), downloads.Mirror, downloads.Progress, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Refuses places that share images: the same one twice, or a folder inside another one.</summary>
    /// <exception cref="ConfigurationException">Two places share images; the message names them.</exception>
    public static void RequireApart(IReadOnlyList<ImageRoot> roots)
    {
        var places = roots.Select(root => root.RealPlace).ToList();
        foreach (var (i, place) in places.Index())
        {
            if (places.IndexOf(place) is var first && first < i)
                throw new ConfigurationException(roots[first].Name == roots[i].Name ? $"--data names {roots[i].Name} twice."
                    : $"--data names the same images twice: {roots[first].Name} and {roots[i].Name}.");
            if (places.FindIndex(other => IsInside(place, other)) is >= 0 and var outer)
                throw new ConfigurationException($"--data: {roots[i].Name} is inside {roots[outer].Name}, so its images would be used " +
                    $"twice. Name one of them.");
        }
    }

    /// <summary>Refuses a file that is an image of two places, which lists and patterns may share with folders.</summary>
    /// <param name="roots">The places.</param>
    /// <param name="sets">The same part of each.</param>
    /// <exception cref="InvalidDataException">A file is in two of them; the message names it.</exception>
    public static void RequireApart(IReadOnlyList<ImageRoot> roots, IReadOnlyList<IImageDataset> sets)
    {
        var files = roots.Zip(sets).Where(place => place.Second is ImageFolderDataset or ListedImagesDataset).ToList();
        if (files.Count < 2) return;
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (root, set) in files)
        {
            foreach (string file in RealFiles.Of(set))
            {
                if (!seen.TryAdd(file, root.Name))
                    throw new InvalidDataException($"{file} is an image of {seen[file]} and of {root.Name}, and would be used twice.");
            }
        }
    }

    /// <summary>Refuses test images at a place of the training images, or inside one.</summary>
    /// <exception cref="ConfigurationException">Two places share images; the message names them.</exception>
    public static void RequireUnseen(IReadOnlyList<ImageRoot> train, IReadOnlyList<ImageRoot> test)
    {
        foreach (var (trained, tested) in train.SelectMany(trained => test.Select(tested => (trained, tested))))
        {
            if (Share(trained.RealPlace, tested.RealPlace))
                throw new ConfigurationException($"--test-data {tested.Name} and --data {trained.Name} share images. " +
                    $"Name test images that are not among the training images.");
        }
    }

    /// <summary>
    /// Refuses a test file that is a training file too: through a list, a pattern or a link to a folder. Only image files are compared.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is in both; the message names it.</exception>
    public static void RequireUnseen(IImageDataset trained, IImageDataset tested)
    {
        var unseen = RealFiles.Of(tested).ToHashSet(StringComparer.Ordinal);
        if (unseen.Count > 0 && RealFiles.Of(trained).FirstOrDefault(unseen.Contains) is { } shared)
            throw new InvalidDataException($"{shared} is a test image in {tested.Name} and a training image in {trained.Name}.");
    }

    /// <summary>Whether some of these images may be those of another place: one folder is inside the other, or the same.</summary>
    /// <param name="place">The name of the other place.</param>
    public bool MayShareWith(string place)
    {
        return Share(Folder(Path ?? Name), Folder(place));

        static string Folder(string place) => PortablePath.Of(RealPath.Of(ImageDatasets.FolderOfNames(place)));
    }

    private string RealPlace => Path is { } path && System.IO.Path.Exists(path) ? PortablePath.Of(RealPath.Of(path)) : Name;

    private static bool Share(string a, string b) => a == b || IsInside(a, b) || IsInside(b, a);

    private static bool IsInside(string inner, string outer) => inner.StartsWith(outer.TrimEnd('/') + '/', StringComparison.Ordinal);

    // A bare word may be a mistyped name. Errors about paths come from the data sets.
    private static string Existing(string data)
    {
        if (System.IO.Path.Exists(data) || PortablePath.Of(data).AsSpan().ContainsAny("/@*?")) return data;
        string[] names = [BuiltIn, .. DownloadableDataset.All.Select(d => d.Name)];
        throw new DirectoryNotFoundException(
            $"There is no folder {data} here, and it is not one of the names {string.Join(", ", names)}" +
            $"{(Spelling.Nearest(data, names) is { } nearest ? $"; did you mean {nearest}?" : ".")}");
    }
}
