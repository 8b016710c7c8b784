using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Detects the format of a folder of image data and opens it.</summary>
public static class ImageDatasets
{
    private sealed record Format(string LookedFor, string? FolderName, Func<string, bool> IsIn, Func<string, bool> HasTest,
        Func<string, DatasetPart, IImageDataset> Open);

    private static readonly Format[] BinaryFormats =
    [
        new("CIFAR-10 (data_batch_1.bin …)", "cifar-10-batches-bin", CifarDataset.IsIn, CifarDataset.HasTest, CifarDataset.Open),
        new("CIFAR-100 (train.bin, test.bin)", "cifar-100-binary", CifarDataset.IsIn, CifarDataset.HasTest, CifarDataset.Open),
        new("STL-10 (train_X.bin …)", "stl10_binary", Stl10Dataset.IsIn, Stl10Dataset.HasTest, Stl10Dataset.Open),
        new("MNIST and its kind (train-images-idx3-ubyte[.gz] …)", "fashion-mnist", IdxDataset.IsIn, IdxDataset.HasTest, IdxDataset.Open),
    ];

    private static readonly Format Folder =
        new($"image files ({string.Join(' ', ImageDecoder.Extensions)})", null, ImageFolderDataset.IsIn, ImageFolderDataset.HasTest,
            ImageFolderDataset.Open);

    private static readonly Format Arrays = new("arrays (train.npy)", null, NpyDataset.IsIn, NpyDataset.HasTest, NpyDataset.Open);

    private static readonly Format Shards = new("tars of images (*.tar)", null, ShardFolder.IsIn, ShardDataset.HasTest, ShardDataset.Open);

    private static readonly Format Pattern =
        new("", null, _ => true, path => ImageFolderDataset.HasTest(PathPattern.Of(path)!),
            (path, part) => ImageFolderDataset.Open(PathPattern.Of(path)!, part));

    private static readonly Format List =
        new("", null, _ => true, _ => false, (path, part) => part != DatasetPart.Test ? ListPlace.Of(path)!.Open()
            : throw new InvalidDataException($"{path} has no test part: a list is a training part."));

    /// <summary>
    /// Opens one part of the data in a folder. These formats are tried in this order: CIFAR-10 or CIFAR-100, STL-10, IDX files (MNIST),
    /// NumPy arrays, tars of images, image files. If the folder has none of these but contains one of the publishers' folders
    /// (<c>cifar-10-batches-bin</c>, <c>cifar-100-binary</c>, <c>stl10_binary</c>) or <c>fashion-mnist</c>, that folder is opened.
    /// </summary>
    /// <param name="path">
    /// The folder, a tar, or an .npy file. Or a list of image files, <c>@list.txt</c>, or a table of them with the column of their
    /// classes, <c>@FILE.csv:CLASS</c> or <c>@FILE.csv:CLASS,GROUP</c> (<see cref="ListedImagesDataset"/>). Or a pattern of paths,
    /// <c>photos/**/*.jpg</c>: the folder before the first star or question mark, with the matching files alone.
    /// </param>
    /// <param name="part">The part. Ask for <see cref="DatasetPart.Test"/> only if <see cref="HasTest"/>.</param>
    /// <exception cref="DirectoryNotFoundException">Nothing exists at <paramref name="path"/>.</exception>
    /// <exception cref="InvalidDataException">No known format is found, or the data is damaged, or it has no such part.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file or folder is not readable.</exception>
    public static IImageDataset Open(string path, DatasetPart part)
    {
        var (folder, format) = Recognise(path);
        RequireFiles(folder, format);
        return format.Open(folder, part);
    }

    /// <summary>
    /// Whether the data has a test part of its own. If not, the caller splits one off (<see cref="Subsets.StratifiedSplit"/>).
    /// </summary>
    /// <param name="path">As for <see cref="Open"/>.</param>
    /// <exception cref="DirectoryNotFoundException">Nothing exists at <paramref name="path"/>.</exception>
    /// <exception cref="InvalidDataException">
    /// No known format is found, or a folder of images has a test part and no <c>train</c>.
    /// </exception>
    public static bool HasTest(string path)
    {
        var (folder, format) = Recognise(path);
        RequireFiles(folder, format);
        return format.HasTest(folder);
    }

    /// <summary>Whether a path holds image files: then any picture added there becomes another image.</summary>
    /// <param name="path">As for <see cref="Open"/>.</param>
    /// <exception cref="DirectoryNotFoundException">Nothing exists at <paramref name="path"/>.</exception>
    /// <exception cref="InvalidDataException">No known format is found.</exception>
    public static bool IsOfFiles(string path) => Recognise(path).Format is var format && (format == Folder || format == Pattern);

    /// <summary>Whether a path is a folder of tars.</summary>
    internal static bool IsOfTars(string path) => Recognise(path).Format == Shards && Directory.Exists(path);

    /// <summary>The folder that the names of the images are relative to.</summary>
    internal static string FolderOfNames(string path) =>
        ListPlace.Of(path)?.Folder ?? PathPattern.Of(path)?.Folder ?? path;

    private static (string Folder, Format Format) Recognise(string path)
    {
        RegularFile.Require(path);
        if (ListPlace.Of(path) is not null) return (path, List);
        if (PathPattern.Of(path) is { } pattern)
        {
            return Directory.Exists(pattern.Folder) ? (path, Pattern)
                : throw new DirectoryNotFoundException($"{path} matches nothing: the folder {pattern.Folder} does not exist.");
        }
        if (File.Exists(path))
        {
            if (NpyDataset.IsFile(path)) return (path, Arrays);
            return ShardFolder.IsTar(path) ? (path, Shards) : throw new InvalidDataException(
                IsParquet(path) ? Unpacked(path)
                    : IsPackedTar(path)
                        ? $"{path} is a compressed tar, and its records cannot be read one by one: unpack it to a .tar first."
                    : ImageTable.IsTable(path) ? $"{path} is a table; name its column with the classes, as in @{path}:class."
                    : $"{path} is a file; a data set is a folder, a .tar, an .npy, or a list of images with an @ before it.");
        }
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"{path} does not exist; a data set is a folder with {LookedFor}.");

        if (Array.Find(BinaryFormats, format => format.IsIn(path)) is { } here) return (path, here);
        var below = BinaryFormats
            .Select(format => (Folder: Path.Combine(path, format.FolderName!), Format: format))
            .Where(found => Directory.Exists(found.Folder) && found.Format.IsIn(found.Folder))
            .ToList();
        return below.Count switch
        {
            1 => below[0],
            > 1 => throw new InvalidDataException($"{path} holds several data sets " +
                $"({string.Join(", ", below.Select(found => found.Format.FolderName))}); name one of these folders."),
            _ when Arrays.IsIn(path) => (path, Arrays),
            _ when Shards.IsIn(path) => !Folder.IsIn(path) ? (path, Shards) : throw new InvalidDataException(
                $"{path} holds tars and image files; name a tar, or move the others elsewhere."),
            _ when Folder.IsIn(path) => (path, Folder),
            _ when Directory.EnumerateFiles(path).FirstOrDefault(IsPackedTar) is { } packed => throw new InvalidDataException(
                $"{path} holds no data set but compressed tars ({Path.GetFileName(packed)}), whose records cannot be read one by " +
                $"one: unpack them to .tar first."),
            _ when Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Any(IsParquet) =>
                throw new InvalidDataException(Unpacked(path)),
            _ => throw new InvalidDataException(
                $"{path} holds no data set; looked for {LookedFor}." + string.Concat(
                    ImageFiles.Below(path).Omissions.Where(omission => !omission.IsExpected).Select(omission => $" {omission}"))),
        };
    }

    // A folder of images skips what is not a file. A record would be read from it, so it is refused.
    private static void RequireFiles(string folder, Format format)
    {
        if (format == Folder || !Directory.Exists(folder)) return;
        foreach (string place in Directory.EnumerateDirectories(folder)
            .Where(below => PartName.Of(Path.GetFileName(below)) is not null).Prepend(folder))
        {
            if (HostFiles.Current.EntriesOf(place)
                .Find(entry => entry.Name[0] != '.' && RegularFile.Refusal(entry.Kind) is not null) is { Name: { } name })
                RegularFile.Require(Path.Combine(place, name));
        }
    }

    private static bool IsParquet(string path) => path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    private static string Unpacked(string path) => $"{path} holds Parquet files, in which images are not found one by one. " +
        $"Make shards of them first: simclr pack --data {path} --output shards.";

    private static bool IsPackedTar(string path) =>
        Array.Exists([".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"], extension =>
            path.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    private static string LookedFor =>
        string.Join(", ", BinaryFormats.Append(Arrays).Append(Shards).Select(format => format.LookedFor))
            + " or " + Folder.LookedFor + " in it or in folders below it";
}
